"""French."""

WORK = {
    "environment": "la protection des rivières et des forêts",
    "land_rights": "le droit à la terre",
    "indigenous_rights": "les droits des peuples autochtones",
    "women_rights": "les droits des femmes et des filles",
    "lgbti_rights": "les droits des personnes LGBTI",
    "african_descent_rights": "les droits des personnes d'ascendance africaine",
    "freedom_of_expression": "la liberté d'expression",
    "justice": "l'accès à la justice",
    "migration": "les droits des personnes migrantes",
    "labour_rights": "les droits des travailleurs",
    "children_rights": "les droits des enfants",
    "other": "les droits humains",
}
WITH_WHOM = (
    "des communautés rurales",
    "des groupes de jeunes",
    "des réseaux de femmes",
    "des familles déplacées",
    "des comités de victimes",
    "des journalistes locaux",
    "des organisations de base",
)
MOTIVATION = (
    (
        "Depuis {years} ans, je m'engage pour {work}.",
        "Depuis {years} ans, j'accompagne {with_whom} dans des affaires qui touchent {work}.",
        "J'ai commencé à défendre {work} il y a {years} ans, quand personne n'osait en parler ici.",
        "Avec {with_whom}, je travaille depuis {years} ans pour {work}.",
    ),
    (
        "Nous connaissons les problèmes, mais nous ne savons pas comment les porter devant le système interaméricain.",
        "Plus d'une fois, nous avons épuisé les voies de recours internes sans savoir que faire ensuite.",
        "Les menaces augmentent, et nous devons savoir quand et comment demander des mesures conservatoires.",
        "Nous avons documenté des faits graves qui sont restés sans suite.",
    ),
    (
        "Je veux apprendre à choisir la bonne voie : pétition, mesures conservatoires, audience ou rapport.",
        "Le suivi des recommandations m'intéresse surtout, car c'est là que se perd une bonne part des acquis.",
        "Je voudrais comprendre comment se construit une pétition solide dès les premiers témoignages.",
        "J'espère tirer les leçons d'autres affaires avant de présenter la nôtre.",
    ),
    (
        "Ce que j'apprendrai ne restera pas avec moi : on me demande déjà l'atelier.",
        "Nous sommes peu nombreux pour beaucoup de travail ; c'est pourquoi je veux transmettre.",
        "Aucune autre organisation de la région ne peut l'enseigner.",
        "Personne ne devrait dépendre d'un avocat qui vit à une journée de route.",
    ),
)
EXPERIENCE = (
    (
        "Pendant {years} ans, j'ai documenté des affaires et accompagné {with_whom}.",
        "Je coordonne une petite équipe qui accompagne {with_whom}.",
        "Je fais partie d'une équipe qui conseille gratuitement {with_whom}.",
    ),
    (
        "J'ai participé à la préparation d'une pétition déclarée recevable.",
        "J'ai animé des ateliers sur les droits humains dans des écoles et des salles communales.",
        "J'ai rédigé des rapports présentés à des institutions nationales.",
        "J'ai rédigé des demandes de protection pour des personnes en danger.",
    ),
    (
        "Je tiens aussi le registre des agressions de notre réseau.",
        "De ce travail est né un manuel que d'autres organisations utilisent aujourd'hui.",
        "J'ai appris que le plus difficile est de faire vivre une affaire dans la durée.",
    ),
)
IDEA = (
    (
        "J'organiserai un atelier de quatre heures pour une assemblée de {people} personnes.",
        "Je pense réunir environ {people} personnes pendant une matinée.",
        "Je propose une séance de quatre heures avec {people} participants de plusieurs organisations.",
    ),
    (
        "La première partie expliquera le système, la seconde sera une étude de cas.",
        "Nous travaillerons sur une affaire réelle, sans aucun nom, du début à la fin.",
        "Chaque groupe rédigera une demande de mesures conservatoires, que nous relirons ensemble.",
    ),
    (
        "Le lieu est réservé, et personne n'aura à voyager de nuit.",
        "Elle aura lieu dans la salle communale, avec des documents imprimés, car la connexion est mauvaise.",
        "Si la situation s'aggrave, nous la tiendrons en ligne, en deux parties.",
    ),
)
ORGANISATION_KINDS = ("Réseau", "Collectif", "Association", "Comité", "Centre", "Mouvement", "Alliance")
ORGANISATION_NAMES = (
    "Eau Vive",
    "Voix des Mornes",
    "Semences d'Avenir",
    "Terre et Mémoire",
    "Chemins de Paix",
    "Femmes du Littoral",
    "Parole Libre",
    "Racines",
    "Horizon Commun",
    "Nouvelle Aube",
)
NETWORKS = (
    "Je tiens les comptes rendus d'un réseau d'organisations de l'eau.",
    "Avec deux autres organisations, je prépare un bulletin chaque mois.",
)
COMMENTS = (
    "Expérience solide et bien racontée ; l'idée de transmission est concrète.",
    "Motivation convaincante, même si le plan de la séance pourrait être plus précis.",
    "Connaît le terrain ; la partie sur les mesures conservatoires serait très utile.",
    "Texte bref, qui montre un travail dans la durée.",
)
QUESTIONS = (
    (
        "contents",
        "Peut-on demander des mesures conservatoires pour toute une communauté, ou dois-je nommer chaque personne ?",
        "On peut les demander pour un groupe, pourvu que l'on puisse déterminer qui en fait partie.",
    ),
    (
        "method",
        "Mon groupe est très hétérogène. Comment répartir les quatre heures ?",
        "Une heure d'exposé, deux d'étude de cas en groupes mixtes et une de mise en commun.",
    ),
    (
        "reporting",
        "Une liste de présence mettrait des gens en danger. Que puis-je fournir comme preuve ?",
        "N'envoyez aucune liste de noms : le nombre, le programme et une photo où nul n'est reconnaissable suffisent.",
    ),
)
NEEDS = (
    ("Je suis en fauteuil roulant.", "Pas de viande."),
    ("J'ai besoin de m'asseoir près pour lire sur les lèvres.", "Allergie aux arachides."),
    ("Je marche avec une canne.", "Je mange de tout."),
)
TO_SECRETARIAT = (
    (
        "Mon organisation n'est pas enregistrée. Puis-je tout de même présenter ma candidature ?",
        "Oui. Il suffit de dire ce qu'elle fait ; nous ne demandons aucun enregistrement.",
        "Merci. Et si je change d'organisation avant la semaine ?",
    ),
    (
        "Puis-je changer mon nom plus tard, s'il le faut ?",
        "Oui, à tout moment, sur la page de vos données.",
        "Même après le certificat ?",
    ),
)
TAUGHT = (
    "Introduction au système interaméricain et exercice sur les mesures conservatoires en quatre groupes.",
    "Pétitions et affaires : conditions, délais et une affaire étudiée du début à la fin.",
    "Rappel de la formation, étude d'un cas et plan de travail de chaque organisation.",
)
EVIDENCE = (
    "Le programme et les documents se trouvent dans le dossier que connaît la coordination.",
    "Photos de la salle sans visages, dans le dossier partagé de l'édition.",
)
