"""Hears "do not": a right whose every verb is told not to be done is not acted on, however sure a model is.

A rule beside the models, since "do not delete my account" differs from its opposite in one word. It only ever takes
away: what it finds declined is asked about. It hears orders and wishes ("do not", "I do not want you to"), not
complaints ("you did not delete it", "I cannot find where"), and looks a few words far.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

#: How the verbs of a right begin, in all languages that are read; a right without verbs here is never found declined.
_VERBS: Mapping[str, str] = MappingProxyType(
    {
        "deletion": r"delet\w*|eras(?:e|ed|ing)|remov\w+|wip(?:e|ed|ing)|clos(?:e|ed|ing)|destroy\w*|scrub\w*"
        r"|lösch\w*|loesch\w*|entfern\w*|vernicht\w*|schlie(?:ß|ss)\w*|supprim\w*|effac\w*|ferm\w+|clôtur\w*|clotur\w*"
        r"|borr\w+|elimin\w+|suprim\w+|cierr\w+|cancell\w+|rimuov\w+|chiud\w+|verwijder\w*|wis(?:sen|t)?|sluit\w*"
        r"|usu[wńn]\w*|skasuj\w*|kasuj\w*|zamyk\w+|zamkn\w+",
        "access": r"send|sending|giv(?:e|ing)|show\w*|provid\w+|schick\w*|send(?:en|et|e)|geb(?:en|t)|zeig\w*|envoy\w+"
        r"|donn\w+|montr\w+|envi\w+|mand\w+|mostr\w+|invi\w+|stur(?:en|t)|stuur\w*|toon\w*|ge(?:ef|ven)|wysył\w+"
        r"|przysył\w+|wyśl\w+|przyśl\w+|pokaz\w+",
        "correction": r"correct\w*|chang(?:e|ed|ing)|updat\w+|amend\w*|ändern|ändert|ändere|korrigier\w*|bericht\w*"
        r"|corrig\w+|modifi\w+|chang(?:ez|er)|cambi\w+|corregi\w+|corrij\w+|corregg\w+|wijzig\w*|verander\w*"
        r"|poprawia\w+|poprawi\w*|zmienia\w+|zmieni\w*",
        "restriction": r"restrict\w*|freez\w+|block\w*|einschränk\w*|sperr\w+|limit\w+|gel(?:ez|er)|bloqu\w+|blocc\w+"
        r"|beperk\w*|blokkeer\w*|blokuj\w*|ogranicz\w+",
        "unsubscribe": r"unsubscrib\w+|opt me out|abmeld\w*|abbestell\w*|désabonn\w+|desabonn\w+|désinscri\w+"
        r"|den baja|da(?:r|rme) de baja|disiscriv\w+|cancell\w+|uitschrijv\w*|afmeld\w*|wypisuj\w*|wypis\w+",
    }
)
_VERB = {name: re.compile(rf"\b(?:{verbs})\b") for name, verbs in _VERBS.items()}
_VERB["portability"] = _VERB["access"]
_WORD = r"[^\W_]+(?:'[^\W_]+)?"
_NOT = (
    r"(?:(?<!why )(?<!you )(?<!they )do(?:n't|nt| not)|never|no need to|not to|nicht|nichts|keinesfalls|niemals"
    r"|ne|no|non|niet|nooit|nie|niczego|nunca|mai|jamais)"
)
_ONLY = r"(?:just|only|merely|nur|bloß|seulement|solo|sólo|soltanto|alleen|tylko|mehr|plus|más|più|meer|already)"
#: An order or a wish that something be left undone, before the verb and close to it.
_BEFORE = re.compile(rf"\b(?P<order>{_NOT})\b(?! {_ONLY}\b)(?P<between>(?: {_WORD}){{0,5}}) $")
#: The same after the verb, as German, Dutch and spoken French have it.
_AFTER = re.compile(
    rf"^(?: {_WORD}){{0,4}} (?:nicht|niet|pas|nichts|niets|rien|nix)\b"
    r"(?! (?:nur|bloß|mehr|seulement|alleen|meer|plus|erst|wahr|que)\b)"
)
#: Who says these between "not" and the verb wants it done, or speaks of something else.
_TURNS = re.compile(
    r"\b(?:hesitate|forget|fail|wait|delay|please|and|but|so|it|zöger\w*|vergess\w*|oubli\w*|hésit\w*|olvid\w*|dud\w+"
    r"|dimentic\w*|esit\w*|vergeet|aarzel\w*|zapom\w+|wahaj\w+|bitte|sondern|y|pero|et|mais|und|aber|e|ma|en|maar|i"
    r"|ale|czeka\w*)\b"
)
_WANT = (
    r"(?:want|wish|like|need|asking|ask|veux|voudrais|souhaite|demande|quiero|deseo|pido|voglio|vorrei|desidero|chiedo"
    r"|chc[ęe])"
)
_WISH = re.compile(rf"\b{_WANT}\b")
#: How a wish goes on that speaks of the verb, and not of something before it.
_WISHED = re.compile(rf"\b(?:to|be|being|get|you|{_WANT}|{_WANT} pas)$|\b(?:que|qu'\w+|che|żeby\w*|zeby\w*|aby\w*)\b")
#: What may stand between "not" and its verb where nothing is wished: no thing that a sentence of its own could be of.
_BETWEEN = re.compile(
    r"(?: (?:you|dare|even|ever|yet|now|try|bother|have|need|to|go|start|that|my|data|account|profile|sie|mir|mich|ihr"
    r"|dass|mein\w*|konto|daten|profil\w*|u|jullie|dat|mijn|gegevens|pas|jamais|me|m'|les|la|le|lo|li|mi|mis|mes|mon|ma|nos|vous"
    r"|tous?|compte|données|cuenta|datos|dati|che|que|mo[ij]\w*|konta|danych|żeby\w*|mnie))*"
)
_DONE = re.compile(r"(?:ed|é|ée|és|ées|ado|ada|ados|adas|ido|ato|ata|ati|erd|wist)$")
#: A condition, a question why, a reproach or something that does not work is no order.
_NO_ORDER = re.compile(
    r"\b(?:why|if|unless|can|cannot|can't|cant|could|find|lets?|there|there's|theres|recall|warum|wieso|weshalb|wenn|falls"
    r"|kann|können|lässt|finde|pourquoi|si|peux|puis|trouve|arrive|por qué|porque|puedo|consigo|logro|encuentro|deja|se"
    r"|perché|riesco|posso|trovo|fa|waarom|als|indien|kan|laat|vind|dlaczego|czemu|jeśli|jeżeli|mog[ęe]|widz[ęe]|da się"
    r"|da sie|pozwala)\b"
)
#: Letters on each side of a verb that are looked at.
_NEAR = 120
#: Where one thing said ends and the next begins; a clause that hangs on a wish is part of it.
_CLAUSE = re.compile(
    r"[.;:!?()\n—–]+|,(?! (?:dass|que|qu'|che|dat|żeby\w*|by)\b)| (?:but|aber|sondern|mais|pero|ma|maar|ale|lecz) "
)


def declines(name: str, said: str, whole: str) -> bool:
    """Whether `said`, the sentence that carries intent `name`, tells not to do it, and nothing in `whole` tells to."""
    verb = _VERB.get(name)
    if verb is None:
        return False
    here, everywhere = _orders(verb, said), _orders(verb, whole)
    return bool(here) and not any(here) and not any(everywhere)


def _orders(verb: re.Pattern[str], text: str) -> list[bool]:
    """For each verb in a text whether it is meant to be done."""
    told: list[bool] = []
    for clause in _CLAUSE.split(text.casefold().replace("’", "'")):
        plain = " ".join(re.findall(_WORD, clause))
        told += [not _left_undone(plain, found) for found in verb.finditer(plain)]
    return told


def _left_undone(clause: str, verb: re.Match[str]) -> bool:
    before, after = clause[max(0, verb.start() - _NEAR) : verb.start()], clause[verb.end() : verb.end() + _NEAR]
    if _NO_ORDER.search(before):
        return False
    negated = _BEFORE.search(before)
    if negated is None:
        follows = _AFTER.match(after)
        return follows is not None and not _DONE.search(verb[0]) and not _TURNS.search(follows[0])
    between = negated["between"].strip()
    if _TURNS.search(between):
        return False
    if _WISH.search(between):
        return _WISHED.search(between) is not None or _DONE.search(verb[0]) is not None
    near = _BETWEEN.fullmatch(negated["between"]) is not None
    return near and (negated["order"] == "nie" or not _DONE.search(verb[0]))
