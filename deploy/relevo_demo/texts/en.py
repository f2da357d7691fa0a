"""English."""

WORK = {
    "environment": "the protection of rivers and forests",
    "land_rights": "land rights",
    "indigenous_rights": "the rights of indigenous peoples",
    "women_rights": "the rights of women and girls",
    "lgbti_rights": "the rights of LGBTI people",
    "african_descent_rights": "the rights of people of African descent",
    "freedom_of_expression": "freedom of expression",
    "justice": "access to justice",
    "migration": "the rights of migrants",
    "labour_rights": "workers' rights",
    "children_rights": "the rights of children",
    "other": "human rights",
}
WITH_WHOM = (
    "rural communities",
    "coastal communities",
    "youth groups",
    "women's networks",
    "displaced families",
    "victims' committees",
    "local journalists",
    "grassroots organisations",
)
MOTIVATION = (
    (
        "I have worked for {work} for {years} years.",
        "For {years} years I have stood beside {with_whom} in cases that concern {work}.",
        "My work for {work} began {years} years ago, when nobody here would speak about it in public.",
        "Together with {with_whom}, I have been working for {work} for {years} years.",
    ),
    (
        "We know our problems well, but not how to bring them before the inter-American system.",
        "More than once we exhausted domestic remedies and did not know what came next.",
        "Threats are growing, and we need to know when and how to ask for precautionary measures.",
        "We have documented serious events that nobody ever followed up.",
    ),
    (
        "I want to learn to choose the right path: a petition, precautionary measures, a hearing or a report.",
        "Follow-up on recommendations interests me most, because that is where much of what was won gets lost.",
        "I would like to understand how a strong petition is built from the very first testimony.",
        "I hope to learn from the mistakes of other cases before we bring our own.",
    ),
    (
        "What I learn will not stay with me: {with_whom} are already asking for the workshop.",
        "There are few of us for a lot of work, which is why I want to pass this on.",
        "No other organisation in our region can teach this.",
        "Nobody should have to depend on a lawyer who lives a day's journey away.",
    ),
)
EXPERIENCE = (
    (
        "For {years} years I have documented cases and supported {with_whom}.",
        "I coordinate a small team that supports {with_whom}.",
        "I belong to a team that gives free legal advice to {with_whom}.",
    ),
    (
        "I helped to prepare a petition that was admitted.",
        "I have run human rights workshops in schools and community halls.",
        "I have written situation reports that were put before national institutions.",
        "I have drafted requests for the protection of people at risk.",
    ),
    (
        "I also keep our network's register of attacks.",
        "A handbook came out of that work which other organisations use today.",
        "I have learned that the hardest part is to keep a case alive over the years.",
    ),
)
IDEA = (
    (
        "I will hold a four-hour workshop for about {people} people.",
        "I plan to bring some {people} people together for a morning.",
        "I propose a session of four hours with {people} participants from several organisations.",
    ),
    (
        "The first part will explain the system, the second will be a case study.",
        "We will work through a real case, without names, from beginning to end.",
        "Each group will draft a request for precautionary measures, and we will review them together.",
    ),
    (
        "The venue is agreed, and nobody will have to travel after dark.",
        "It will be in the community hall, with printed materials because the connection is poor.",
        "Should things get worse, we will hold it online in two parts.",
    ),
)
ORGANISATION_KINDS = ("Network", "Coalition", "Association", "Committee", "Centre", "Movement", "Council", "Alliance")
ORGANISATION_NAMES = (
    "for Clean Water",
    "of the Coast",
    "for Open Courts",
    "of River Towns",
    "for Free Speech",
    "for Fair Work",
    "of Neighbours",
    "for Safe Shelter",
    "of Young Voices",
    "for the Forest",
    "of Women Farmers",
    "for Equal Rights",
)
NETWORKS = (
    "I keep the minutes of a network of organisations for water.",
    "With two other organisations I prepare a bulletin every month.",
)
COMMENTS = (
    "Solid experience, well told; the idea for passing it on is concrete.",
    "Convincing motivation, though the plan for the session could be more precise.",
    "Knows the ground; the part on precautionary measures would help a great deal.",
    "A short text that shows sustained work.",
)
QUESTIONS = (
    (
        "contents",
        "Can precautionary measures be requested for a whole community, or must I name each person?",
        "They can be requested for a group, as long as it can be determined who belongs to it.",
    ),
    (
        "method",
        "My group has very different levels. How should I divide the four hours?",
        "One hour of presentation, two of casework in mixed groups, and one to share the results.",
    ),
    (
        "reporting",
        "A list of those who came would put people at risk. What can I hand in as evidence?",
        "Send no list of names: the number, the programme and a picture in which nobody can be recognised will do.",
    ),
)
NEEDS = (
    ("I use a wheelchair.", "No meat."),
    ("I need to sit close, to read lips.", "I am allergic to peanuts."),
    ("I walk with a cane.", "I eat anything."),
)
TO_SECRETARIAT = (
    (
        "My organisation is not registered. May I apply all the same?",
        "Yes. It is enough to say what it does; we ask for no registration.",
        "Thank you. And if I change organisations before the week?",
    ),
    (
        "May I change my name later, if need be?",
        "Yes, at any time, on the page of your details.",
        "After the certificate too?",
    ),
)
TAUGHT = (
    "An introduction to the inter-American system and an exercise on precautionary measures in four groups.",
    "Petitions and cases: requirements, time limits and one case worked through from beginning to end.",
    "A review of the course, a case study, and a work plan for each organisation.",
)
EVIDENCE = (
    "Programme and materials are in the folder that the coordination knows.",
    "Pictures of the room without faces, in the shared folder of the edition.",
)
