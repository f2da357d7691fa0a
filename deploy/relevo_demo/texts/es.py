"""Spanish."""

WORK = {
    "environment": "la defensa del agua y de los bosques",
    "land_rights": "la defensa del territorio",
    "indigenous_rights": "los derechos de los pueblos indígenas",
    "women_rights": "los derechos de las mujeres y las niñas",
    "lgbti_rights": "los derechos de las personas LGBTI",
    "african_descent_rights": "los derechos de las personas afrodescendientes",
    "freedom_of_expression": "la libertad de expresión",
    "justice": "el acceso a la justicia",
    "migration": "los derechos de las personas migrantes",
    "labour_rights": "los derechos laborales",
    "children_rights": "los derechos de la niñez",
    "other": "los derechos humanos",
}
WITH_WHOM = (
    "comunidades rurales",
    "comunidades campesinas",
    "grupos de jóvenes",
    "redes de mujeres",
    "familias desplazadas",
    "comités de víctimas",
    "periodistas locales",
    "organizaciones de base",
)
MOTIVATION = (
    (
        "Trabajo por {work} desde hace {years} años.",
        "Desde hace {years} años acompaño a {with_whom} en casos que tienen que ver con {work}.",
        "Llevo {years} años trabajando por {work} junto a {with_whom}.",
        "Empecé a trabajar por {work} hace {years} años, cuando en mi municipio nadie quería hablar del tema.",
    ),
    (
        "Conocemos los problemas, pero nos faltan herramientas para llevarlos ante el sistema interamericano.",
        "Hemos agotado los recursos internos más de una vez sin saber qué hacer después.",
        "Las amenazas van en aumento y necesitamos saber cuándo y cómo pedir medidas cautelares.",
        "Varias veces documentamos hechos graves y el expediente se quedó en un cajón.",
    ),
    (
        "Quiero aprender a elegir bien la vía: petición, medida cautelar, audiencia o informe.",
        "Me interesa sobre todo el seguimiento de recomendaciones, porque ahí se pierde mucho de lo ganado.",
        "Quisiera entender cómo se construye una petición sólida desde los primeros testimonios.",
        "Busco aprender de los errores de otros casos antes de presentar el nuestro.",
    ),
    (
        "Lo que aprenda no se quedará conmigo: {with_whom} ya esperan el taller.",
        "Somos pocas personas para mucho trabajo, y por eso quiero multiplicar lo aprendido.",
        "En mi zona no hay otra organización que pueda enseñar esto.",
        "Creo que nadie debería depender de un abogado que está a ocho horas de camino.",
    ),
)
EXPERIENCE = (
    (
        "Durante {years} años he documentado casos y acompañado a {with_whom}.",
        "He coordinado durante varios años un equipo que acompaña a {with_whom}.",
        "Soy parte de un equipo pequeño que da asesoría gratuita a {with_whom}.",
    ),
    (
        "Participé en la preparación de una petición que fue admitida a trámite.",
        "Facilité talleres sobre derechos humanos en escuelas y casas comunales.",
        "Elaboré informes de situación que se presentaron ante instituciones nacionales.",
        "Redacté solicitudes de protección para personas en riesgo.",
    ),
    (
        "También llevo el registro de agresiones de nuestra red.",
        "De ese trabajo salió un manual que hoy usan otras organizaciones.",
        "Aprendí que lo más difícil es sostener los casos en el tiempo.",
    ),
)
IDEA = (
    (
        "Organizaré un taller de cuatro horas para unas {people} personas.",
        "Pienso reunir a unas {people} personas en una jornada de una mañana.",
        "Propongo una sesión de cuatro horas, con {people} participantes de distintas organizaciones.",
    ),
    (
        "La primera parte explicará el sistema y la segunda será un caso práctico.",
        "Trabajaremos con un caso real, sin nombres, de principio a fin.",
        "Cada grupo redactará una solicitud de medidas cautelares y la revisaremos en plenario.",
    ),
    (
        "El lugar está asegurado y no hará falta viajar de noche.",
        "Lo haremos en la casa comunal, con materiales impresos porque la conexión es mala.",
        "Si la situación empeora, lo haremos en línea y en dos partes.",
    ),
)
ORGANISATION_KINDS = ("Red", "Colectivo", "Asociación", "Comité", "Centro", "Movimiento", "Consejo", "Fundación")
ORGANISATION_NAMES = (
    "Agua Limpia",
    "Semillas del Valle",
    "Voces de la Sierra",
    "Caminos de Paz",
    "Río Vivo",
    "Tierra y Memoria",
    "Mujeres del Maíz",
    "Puentes",
    "Luz del Sur",
    "Raíces",
    "La Palabra Libre",
    "Horizonte Común",
    "Manos Abiertas",
    "Amanecer",
    "Nuevo Canto",
)
NETWORKS = (
    "Llevo las actas de una red de organizaciones del agua.",
    "Con otras dos organizaciones preparo un boletín cada mes.",
)
COMMENTS = (
    "Experiencia sólida y bien contada; la idea de multiplicación es concreta.",
    "Motivación convincente, aunque el plan de la sesión podría ser más preciso.",
    "Conoce el terreno; le serviría mucho la parte de medidas cautelares.",
    "Texto breve, pero muestra un trabajo sostenido.",
)
QUESTIONS = (
    (
        "contents",
        "¿Se puede pedir una medida cautelar para toda una comunidad o debo nombrar a cada persona?",
        "Puede pedirse para un grupo determinable; basta con que se pueda saber quiénes lo forman.",
    ),
    (
        "method",
        "Tengo un grupo con niveles muy distintos. ¿Cómo reparto las cuatro horas?",
        "Una hora de exposición, dos de caso práctico en grupos mixtos y una de puesta en común.",
    ),
    (
        "reporting",
        "La lista de asistencia pone en riesgo a la gente. ¿Qué puedo presentar como evidencia?",
        "No envíe listas con nombres: bastan el número, el programa y una foto en la que no se reconozca a nadie.",
    ),
    (
        "security",
        "El lugar previsto ya no es seguro. ¿Puedo hacer la sesión en línea?",
        "Sí. La sesión en línea cuenta igual si dura cuatro horas y participan al menos diez personas.",
    ),
)
NEEDS = (
    ("Uso silla de ruedas.", "No como carne."),
    ("Necesito sentarme cerca para leer los labios.", "Alergia al maní."),
    ("Camino con bastón.", "Como de todo."),
)
TO_SECRETARIAT = (
    (
        "Mi organización no está registrada. ¿Puedo postular de todos modos?",
        "Sí. Basta con que cuente qué hace; no pedimos ningún registro.",
        "Gracias. ¿Y si cambio de organización antes de la semana?",
    ),
    (
        "¿Puedo cambiar mi nombre más adelante, si hace falta?",
        "Sí, en cualquier momento, en la página de sus datos.",
        "¿También después del certificado?",
    ),
)
TAUGHT = (
    "Introducción al sistema interamericano y ejercicio sobre medidas cautelares en cuatro grupos.",
    "Peticiones y casos: requisitos, plazos y un caso práctico trabajado de principio a fin.",
    "Repaso del curso, estudio de un caso y plan de trabajo de cada organización.",
)
EVIDENCE = (
    "El programa y los materiales están en la carpeta que conoce la coordinación.",
    "Fotos del aula sin rostros, en la carpeta compartida de la edición.",
)
