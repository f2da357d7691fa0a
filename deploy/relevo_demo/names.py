"""Given names and surnames as they are common, by language; whoever bears a combination does so by chance."""

from __future__ import annotations

# fmt: off
FEMALE: dict[str, tuple[str, ...]] = {
    "es": (
        "María José", "Ana Lucía", "Rosa Elena", "Guadalupe", "Yolanda", "Marisol", "Ixchel", "Xiomara", "Daniela",
        "Carmen Rosa", "Luz Marina", "Nélida", "Itzel", "Berta", "Valentina", "Paulina", "Adriana", "Milagros", "Inés",
        "Nayeli", "Soledad", "Catalina", "Julieta", "Verónica", "Aracely", "Maritza", "Sisa", "Killari", "Blanca Flor",
    ),
    "en": ("Grace", "Naomi", "Sharon", "Aaliyah", "Denise", "Charlotte", "Keisha", "Winona", "Abigail", "Maya"),
    "pt": (
        "Maria Aparecida", "Ana Clara", "Jurema", "Francisca", "Conceição", "Luana", "Tainá", "Marielma", "Iracema",
        "Rita de Cássia", "Beatriz", "Dandara", "Socorro", "Potira", "Helena",
    ),
    "fr": ("Marie-Ange", "Rose-Laure", "Mirlande", "Céline", "Fabienne", "Guerda", "Aurélie", "Nadège", "Solange"),
}
MALE: dict[str, tuple[str, ...]] = {
    "es": (
        "José Luis", "Juan Carlos", "Wilmer", "Óscar", "Santiago", "Rigoberto", "Emiliano", "Tupac", "Héctor", "Andrés",
        "Francisco Javier", "Ulises", "Rubén", "Mateo", "Evelio", "Isaías", "Nicolás", "Ramiro", "Jairo", "Fermín",
        "Alirio", "Gonzalo", "Edwin", "Balam", "Eduardo", "Tomás", "Celestino",
    ),
    "en": ("Marcus", "Desmond", "Elijah", "Winston", "Nathaniel", "Trevor", "Jerome", "Aiden", "Samuel"),
    "pt": (
        "João Batista", "Raimundo", "Antônio", "Cauã", "Luiz Henrique", "Ubiratan", "Sebastião", "Rafael", "Mateus",
        "Zumbi", "Davi", "Edmilson",
    ),
    "fr": ("Jean-Robert", "Wilner", "Frantz", "Étienne", "Jocelyn", "Patrice", "Luckner", "Olivier"),
}
SURNAMES: dict[str, tuple[str, ...]] = {
    "es": (
        "García", "Hernández", "Martínez", "López", "Quispe", "Mamani", "Ajanel", "Tzoc", "Rodríguez", "Pérez",
        "Chavajay", "Cárdenas", "Mejía", "Zelaya", "Reyes", "Guaraca", "Pop", "Rivas", "Ñancupil", "Orellana", "Vargas",
        "Palacios", "Mosquera", "Angulo", "Flores", "Cruz", "Bautista", "Huamán", "Castillo", "Alvarado", "Escobar",
        "Umaña", "Sandoval", "Ibarra", "Núñez", "Aguirre", "Benítez", "Peña", "Solís",
    ),
    "en": ("Campbell", "Brown", "Whitefeather", "Johnson", "Reid", "Clarke", "Begay", "Morgan", "Grant", "Powell"),
    "pt": (
        "Silva", "dos Santos", "Oliveira", "Souza", "Guajajara", "Pataxó", "Nascimento", "Ferreira", "Krenak", "Lima",
        "Barbosa", "Conceição", "Teixeira", "Araújo", "Gonçalves",
    ),
    "fr": ("Jean-Baptiste", "Pierre", "Charles", "Desrosiers", "Augustin", "Beaulieu", "Étienne", "Toussaint"),
}
# fmt: on
