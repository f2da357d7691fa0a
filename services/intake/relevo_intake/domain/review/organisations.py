"""Whether two names are one organisation's, or so near each other that somebody should look (rule 2)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

_UNDECOMPOSED = str.maketrans(
    {"ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ł": "l", "æ": "ae", "œ": "oe", "þ": "th"}
)
_LAST_MARK_THAT_SPELLS = 9
"""Nukta and virama, and what has no class of its own, make another letter of one; higher classes are accents."""

_LEGAL_FORMS = frozenset(
    """
    ac asociacioncivil iap abp sc scp sca sociedadcivil sa sadecv sapi sapidecv sab sabdecv sociedadanonima srl srldecv
    sderl sderldecv sas sasu sasdecv spa sl slu slp sll sau eirl eurl scoop coop scl ltda limitada cialtda esal ong ongd
    osc oscip asbl aisbl vzw ev eg gmbh ggmbh ag inc incorporated llc llp ltd limited plc corp corporation cic cio ngo
    npo sarl sci snc sfl sinfinesdelucro sansbutlucratif semfinslucrativos
    """.split()
)
_BEFORE_THE_NAME = frozenset("ong ongd ngo osc".split())
_SMALL = frozenset(
    """
    a al and au aux con contra da das de del des do dos du e el en entre et for in la las le les lo los no o of on para
    por pour pro sobre sur the to un una us y
    """.split()
)
_KINDS = frozenset(
    """
    accion action alianza alliance asamblea asociacion associacao association ayuntamiento centre centro cidade ciudad
    colectivo colectiva collectif coletivo comision comissao comite comites commission committee comunidad confederacion
    consejo conselho coordinacion coordinadora corporacion council defensoria derechos departamento direitos droits
    federacion federation foro forum foundation frente front fundacao fundacion fondation grupo group human humanos
    humains indigena indigenas iniciativa initiative institut institute instituto justice justicia liga ligue
    ministerio movimiento movimento mouvement mujeres mulheres femmes women nacional national observatorio
    organizacao organizacion organisation organization plataforma programa project proyecto red rede reseau network
    regional rights secretaria servicio sindicato sociedad society union universidad universidade universite university
    """.split()
)
_LONGEST_FORM = 8
_ALIKE = 0.75
_SHORTEST_ACRONYM = 3
_FEWEST_LETTERS = 4


def normal_organisation(name: str) -> str:
    """One spelling for what is one organisation: case, accents, full stops, spacing and legal form aside.

    Empty for a name without a letter or digit.
    """
    return "".join(_words(name))


def near(one: str, other: str) -> bool:
    """Whether two names that are not the same may be the same organisation's: for somebody to look at.

    One typing error or two, another order, a place or a kind added, a short form of the initials.
    """
    ours, theirs = _words(one), _words(other)
    if not ours or not theirs or "".join(ours) == "".join(theirs):
        return False
    return (
        _alike("".join(ours), "".join(theirs))
        or _contains(ours, theirs)
        or _contains(theirs, ours)
        or "".join(theirs) in _acronyms(ours)
        or "".join(ours) in _acronyms(theirs)
    )


def initials(name: str) -> frozenset[str]:
    """The short forms that the initials of a name make, in lower case."""
    return _acronyms(_words(name))


def revealing_words(name: str) -> list[str]:
    """The words that tell an organisation from its like; all but small ones when it has none of its own."""
    words = _words(name)
    own = [each for each in words if each not in _SMALL and each not in _KINDS]
    return own or [each for each in words if each not in _SMALL]


def folded(text: str) -> str:
    """A text without case and accents."""
    small = unicodedata.normalize("NFKD", text).casefold().translate(_UNDECOMPOSED)
    return "".join(each for each in unicodedata.normalize("NFKD", small) if not _is_accent(each))


def _is_accent(character: str) -> bool:
    return unicodedata.combining(character) > _LAST_MARK_THAT_SPELLS or unicodedata.combining(character) == 1


def _words(name: str) -> list[str]:
    """The words of a name without its legal form; letters that stand alone beside each other are one word."""
    letters = "".join(each if _spells(each) else " " for each in folded(name) if not _passed_over(each))
    words: list[str] = []
    alone = False
    for word in letters.split():
        if len(word) == 1 and alone:
            words[-1] += word
        else:
            words.append(word)
        alone = len(word) == 1
    return _without_legal_form(words)


def _passed_over(character: str) -> bool:
    return character == "." or unicodedata.category(character) == "Cf"


def _spells(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character)[0] == "M"


def _without_legal_form(words: list[str]) -> list[str]:
    if len(words) > 1 and words[0] in _BEFORE_THE_NAME:
        return _without_legal_form(words[1:])
    for count in range(min(_LONGEST_FORM, len(words) - 1), 0, -1):
        if "".join(words[-count:]) in _LEGAL_FORMS:
            return _without_legal_form(words[:-count])
    return words


def _contains(name: Sequence[str], other: Sequence[str]) -> bool:
    """Whether all that tells the other from its like is in this one too."""
    own = _revealing(other)
    return own <= _revealing(name) and sum(map(len, own)) >= _FEWEST_LETTERS


def _revealing(words: Iterable[str]) -> set[str]:
    return {each.removesuffix("s") for each in words if each not in _SMALL and each not in _KINDS}


def _acronyms(words: Sequence[str]) -> frozenset[str]:
    every, revealing = words, [each for each in words if each not in _SMALL]
    made = {"".join(each[0] for each in chosen) for chosen in (every, revealing)}
    return frozenset(each for each in made if len(each) >= _SHORTEST_ACRONYM)


def _alike(one: str, other: str) -> bool:
    """Dice's measure of the threes of letters that both have, ends included."""
    ours, theirs = _threes(one), _threes(other)
    return 2 * len(ours & theirs) >= _ALIKE * (len(ours) + len(theirs))


def _threes(text: str) -> set[str]:
    padded = f"  {text}  "
    return {padded[at : at + 3] for at in range(len(padded) - 2)}
