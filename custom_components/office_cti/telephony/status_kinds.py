"""What a status means, guessed from its name.

Where statuses are free text, or made up by whoever runs the server, their names are all there is. A name
is searched for whole words of several languages, the strongest meaning first; a name that says nothing of
the kind is somebody who can be reached. The person can correct every guess in the options.
"""

import re

from .model import StatusKind

_WORDS: tuple[tuple[StatusKind, str], ...] = (
    (
        # What denies a word further down comes before it.
        StatusKind.AWAY,
        (
            r"not (?:available|at (?:my |the )?desk|in)|n/a|xa|left for (?:the day|today)"
            r"|nicht (?:verfügbar|am platz|im büro|da)|indisponible|pas disponible|no disponible"
            r"|non disponibile|indisponível|niet (?:beschikbaar|aanwezig)|недоступ(?:ен|на|но)"
        ),
    ),
    (
        StatusKind.DO_NOT_DISTURB,
        (
            r"do not disturb|don'?t disturb|dnd|nicht stören|ruhe|ne pas déranger|no molestar"
            r"|non disturbare|não incomodar|niet storen|не беспокоить"
        ),
    ),
    (
        StatusKind.OFFLINE,
        (
            r"offline|logged (?:out|off)|signed (?:out|off)|disconnected|invisible|not at work|gone home"
            r"|abgemeldet|feierabend|déconnectée?|hors (?:ligne|connexion)|fin de (?:journée|service)"
            r"|desconectado|не в сети|отключ[её]н"
        ),
    ),
    (
        StatusKind.BUSY,
        (
            r"busy|meetings?|mtg|on (?:the |a )?(?:phone|call)|in (?:a )?call|conference|presenting"
            r"|presentation|training|interview|unavailable|focus|occupied|wrap(?:ping)?.?up"
            r"|besetzt|beschäftigt|besprechung|sitzung|termin|schulung|gespräch"
            r"|occupée?|réunion|entretien|rendez-vous|rdv|en (?:communication|formation|conférence)"
            r"|ocupad[oa]|reunión|occupat[oa]|riunione|bezet|vergadering"
            r"|занята?|совещание|на встрече|встреча"
        ),
    ),
    (
        StatusKind.AWAY,
        (
            r"away|out|out of office|lunch|dinner|break|coffee|vacation|holidays?|leave|sick|ill|absent"
            r"|travel(?:l?ing)?|be right back|brb|back (?:soon|later)|off|off.?duty|errand|gone|extended away"
            r"|abwesend|außer haus|unterwegs|urlaub|krank|mittag|mittagspause|pause|gleich zurück"
            r"|absente?|sortie?|partie?|manger|déjeuner|bientôt de retour|de retour (?:bientôt|dans)"
            r"|déplacement|congés?|vacances|malade|ausente|almuerzo|vacaciones|assente|pranzo|ferie"
            r"|afwezig|lunchpauze|vakantie|ziek"
            r"|нет на месте|отош[её]л|отошла|обед|перерыв|отпуск|болен|больна|командировка"
        ),
    ),
)
_PATTERNS = tuple(
    (kind, re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)) for kind, words in _WORDS
)


def guess_kind(status: str) -> StatusKind:
    """Return what a status of this name most likely means."""
    return next(
        (kind for kind, pattern in _PATTERNS if pattern.search(status)), StatusKind.AVAILABLE
    )
