"""Portuguese."""

WORK = {
    "environment": "a defesa dos rios e das florestas",
    "land_rights": "o direito à terra",
    "indigenous_rights": "os direitos dos povos indígenas",
    "women_rights": "os direitos das mulheres e das meninas",
    "lgbti_rights": "os direitos das pessoas LGBTI",
    "african_descent_rights": "os direitos das pessoas afrodescendentes",
    "freedom_of_expression": "a liberdade de expressão",
    "justice": "o acesso à justiça",
    "migration": "os direitos das pessoas migrantes",
    "labour_rights": "os direitos trabalhistas",
    "children_rights": "os direitos das crianças",
    "other": "os direitos humanos",
}
WITH_WHOM = (
    "comunidades rurais",
    "comunidades quilombolas",
    "comunidades ribeirinhas",
    "grupos de jovens",
    "redes de mulheres",
    "famílias deslocadas",
    "comitês de vítimas",
    "jornalistas locais",
)
MOTIVATION = (
    (
        "Há {years} anos trabalho em temas que envolvem {work}.",
        "Há {years} anos acompanho {with_whom} em casos que envolvem {work}.",
        "Comecei a trabalhar com {with_whom} há {years} anos, quando ninguém aqui queria falar no assunto.",
        "Junto com {with_whom}, defendo há {years} anos causas que envolvem {work}.",
    ),
    (
        "Conhecemos bem os problemas, mas não sabemos como levá-los ao sistema interamericano.",
        "Mais de uma vez esgotamos os recursos internos sem saber qual seria o passo seguinte.",
        "As ameaças aumentam, e precisamos saber quando e como pedir medidas cautelares.",
        "Documentamos fatos graves que nunca tiveram seguimento.",
    ),
    (
        "Quero aprender a escolher o caminho certo: petição, medida cautelar, audiência ou relatório.",
        "O que mais me interessa é o seguimento das recomendações, porque ali se perde muito do que foi conquistado.",
        "Gostaria de entender como se constrói uma petição sólida desde os primeiros depoimentos.",
        "Espero aprender com os erros de outros casos antes de apresentar o nosso.",
    ),
    (
        "O que eu aprender não ficará comigo: já me perguntam pela oficina.",
        "Somos poucas pessoas para muito trabalho, e por isso quero passar adiante o que aprender.",
        "Nenhuma outra organização da região pode ensinar isso.",
        "Ninguém deveria depender de um advogado que mora a um dia de viagem.",
    ),
)
EXPERIENCE = (
    (
        "Durante {years} anos documentei casos e acompanhei {with_whom}.",
        "Coordeno uma equipe pequena que acompanha {with_whom}.",
        "Faço parte de uma equipe que oferece assessoria gratuita a {with_whom}.",
    ),
    (
        "Ajudei a preparar uma petição que foi admitida.",
        "Conduzi oficinas de direitos humanos em escolas e centros comunitários.",
        "Escrevi relatórios que foram apresentados a instituições nacionais.",
        "Redigi pedidos de proteção para pessoas em risco.",
    ),
    (
        "Também mantenho o registro de agressões da nossa rede.",
        "Desse trabalho nasceu um manual que hoje outras organizações usam.",
        "Aprendi que o mais difícil é sustentar os casos ao longo do tempo.",
    ),
)
IDEA = (
    (
        "Vou organizar uma oficina de quatro horas para cerca de {people} pessoas.",
        "Pretendo reunir umas {people} pessoas durante uma manhã.",
        "Proponho uma sessão de quatro horas com {people} participantes de várias organizações.",
    ),
    (
        "A primeira parte explicará o sistema e a segunda será um estudo de caso.",
        "Trabalharemos um caso real, sem nomes, do começo ao fim.",
        "Cada grupo redigirá um pedido de medidas cautelares, que depois revisaremos em conjunto.",
    ),
    (
        "O local já está combinado, e ninguém precisará viajar à noite.",
        "Será no centro comunitário, com material impresso, porque a conexão é ruim.",
        "Se a situação piorar, faremos a sessão on-line, em duas partes.",
    ),
)
ORGANISATION_KINDS = ("Rede", "Coletivo", "Associação", "Comitê", "Centro", "Movimento", "Conselho", "Instituto")
ORGANISATION_NAMES = (
    "Água Viva",
    "Vozes da Floresta",
    "Sementes do Sertão",
    "Terra e Memória",
    "Caminhos da Paz",
    "Mulheres do Rio",
    "Palavra Livre",
    "Raízes",
    "Horizonte Comum",
    "Novo Amanhecer",
    "Mãos Dadas",
    "Ponte",
)
NETWORKS = (
    "Faço as atas de uma rede de organizações da água.",
    "Com outras duas organizações preparo um boletim todo mês.",
)
COMMENTS = (
    "Experiência sólida e bem contada; a ideia de multiplicação é concreta.",
    "Motivação convincente, embora o plano da sessão pudesse ser mais preciso.",
    "Conhece o terreno; a parte de medidas cautelares ajudaria muito.",
    "Texto breve, que mostra um trabalho contínuo.",
)
QUESTIONS = (
    (
        "contents",
        "Pode-se pedir uma medida cautelar para uma comunidade inteira ou devo nomear cada pessoa?",
        "Pode-se pedir para um grupo, desde que seja possível determinar quem faz parte dele.",
    ),
    (
        "method",
        "O meu grupo tem níveis muito diferentes. Como divido as quatro horas?",
        "Uma hora de exposição, duas de estudo de caso em grupos mistos e uma para compartilhar os resultados.",
    ),
    (
        "reporting",
        "A lista de presença põe as pessoas em risco. O que posso apresentar como evidência?",
        "Não envie listas com nomes: bastam o número, o programa e uma foto em que ninguém seja reconhecido.",
    ),
)
NEEDS = (
    ("Uso cadeira de rodas.", "Não como carne."),
    ("Preciso sentar perto para ler os lábios.", "Tenho alergia a amendoim."),
    ("Ando com bengala.", "Como de tudo."),
)
TO_SECRETARIAT = (
    (
        "Minha organização não tem registro. Posso me candidatar mesmo assim?",
        "Sim. Basta contar o que ela faz; não pedimos registro.",
        "Agradeço. E se eu mudar de organização antes da semana?",
    ),
    (
        "Posso mudar meu nome mais tarde, se for preciso?",
        "Sim, a qualquer momento, na página dos seus dados.",
        "Também depois do certificado?",
    ),
)
TAUGHT = (
    "Introdução ao sistema interamericano e exercício sobre medidas cautelares em quatro grupos.",
    "Petições e casos: requisitos, prazos e um caso prático trabalhado do começo ao fim.",
    "Revisão do curso, estudo de um caso e plano de trabalho de cada organização.",
)
EVIDENCE = (
    "O programa e os materiais estão na pasta que a coordenação conhece.",
    "Fotos da sala sem rostos, na pasta compartilhada da edição.",
)
