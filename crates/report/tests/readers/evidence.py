"""Evidence whose names and values are what tables stumble over."""

from xml.sax.saxutils import escape, quoteattr

NAMESPACE = "http://schemas.microsoft.com/win/2004/08/events/event"

HOSTILE = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1+1",
    " =1+1",
    "\ufeff=1+1",
    "\uff1d1+1",
    "\n=1+1",
    "=cmd|' /C calc'!A0",
    'with "quotes", commas; and\na second line',
    "'already marked",
    "-",
    "007",
    "NULL",
    "umlaut \u00e4 and \U0001f4a5",
    "",
]


def event(record, name):
    """An event in whose every text `name` stands."""
    text = escape(name)
    return (
        f"<Event xmlns='{NAMESPACE}'><System><Provider Name={quoteattr(name)}/><EventID>{record % 100}</EventID>"
        f"<Level>2</Level><Keywords>0x8080000000000000</Keywords>"
        f"<TimeCreated SystemTime='2012-01-08T21:14:{record % 60:02}.0000001Z'/>"
        f"<EventRecordID>{record}</EventRecordID><Execution ProcessID='{4_000_000_000 + record}' ThreadID='7'/>"
        f"<Channel>{text}</Channel><Computer>{text}</Computer></System>"
        f"<EventData><Data Name='first'>{text}</Data><Data>{text}</Data></EventData></Event>"
    )


def write(path):
    """Writes an export with an event for each hostile text."""
    events = "".join(event(record, name) for record, name in enumerate(HOSTILE, 1))
    path.write_text(f"<?xml version='1.0' encoding='utf-8'?><Events>{events}</Events>", encoding="utf-8")
