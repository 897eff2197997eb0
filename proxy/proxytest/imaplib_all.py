"""Calls every method of imaplib, and sends the commands of extensions as arbitrary ones.
What a server refuses is a conversation, too: only a lost connection fails."""

import imaplib, sys

host, port, user, password = sys.argv[1:]
box = imaplib.IMAP4(host, int(port))


def call(name, *args):
    try:
        return getattr(box, name)(*args)
    except imaplib.IMAP4.abort:
        raise
    except (imaplib.IMAP4.error, AttributeError) as err:
        return "NO", [str(err).encode()]


def say(name, *args):
    """An arbitrary command; imaplib has to be told that it exists, and where."""
    imaplib.Commands[name] = ("NONAUTH", "AUTH", "SELECTED")
    return call("xatom", name, *args)


def has(name):
    return name in box.capabilities


if has("ID"):
    say("ID", '("name" "imaplib" "version" NIL)')
if has("AUTH=CRAM-MD5"):
    call("login_cram_md5", user, password)
if box.state != "AUTH":
    call("authenticate", "PLAIN", lambda _: f"\0{user}\0{password}".encode())
if box.state != "AUTH":
    box.login(user, password)
_, data = box.capability()
box.capabilities = tuple(data[0].decode().upper().split())
if has("ENABLE"):
    for what in ("CONDSTORE", "QRESYNC"):
        if has(what):
            call("enable", what)
call("namespace")
call("list")
call("list", '""', "%")
call("lsub")
say("LIST", "(SUBSCRIBED)", '""', '"*"', "RETURN", "(CHILDREN)")
if has("LIST-STATUS"):
    say("LIST", '""', '"*"', "RETURN", "(STATUS (MESSAGES UIDNEXT))")
if has("SPECIAL-USE"):
    say("LIST", '""', '"*"', "RETURN", "(SPECIAL-USE)")
call("create", "box")
call("create", '"Entw&APw-rfe"')
call("subscribe", "box")
call("status", "INBOX", "(MESSAGES RECENT UIDNEXT UIDVALIDITY UNSEEN)")
if has("CONDSTORE"):
    call("status", "INBOX", "(HIGHESTMODSEQ)")
if has("STATUS=SIZE"):
    call("status", "INBOX", "(SIZE)")
if has("ACL"):
    call("getacl", "INBOX")
    call("setacl", "box", user, "lrswipkxtea")
    call("myrights", "box")
    say("LISTRIGHTS", "box", user)
    call("deleteacl", "box", "nobody")
if has("QUOTA"):
    call("getquotaroot", "INBOX")
    call("getquota", '""')
    call("setquota", '""', "(STORAGE 100000)")
if has("METADATA"):
    say("SETMETADATA", "INBOX", '(/private/comment "mine")')
    say("GETMETADATA", "INBOX", "/private/comment")
    say("GETMETADATA", "(DEPTH infinity)", '""', "(/shared /private)")
call("getannotation", "INBOX", "/comment", "value.priv")
call("append", "box", r"(\Seen)", imaplib.Time2Internaldate(1_000_000_000), b"Subject: appended\r\n\r\nhello\r\n")
if has("MULTIAPPEND"):
    box.literal = b"Subject: two\r\n\r\n"
    say("APPEND", "box")
call("select", "INBOX", True)
call("select", "INBOX")
if has("CONDSTORE"):
    say("SELECT", "INBOX", "(CONDSTORE)")
call("fetch", "1:*", "(FLAGS INTERNALDATE RFC822.SIZE ENVELOPE)")
call("fetch", "1:2", "(BODY BODYSTRUCTURE)")
call("fetch", "1:*", "FAST")
call("fetch", "1", "(BODY.PEEK[HEADER.FIELDS (FROM SUBJECT)] BODY.PEEK[1]<0.10>)")
call("fetch", "1", "(RFC822.HEADER BODY.PEEK[TEXT]<0.5> BODY.PEEK[1.MIME])")
call("partial", "1", "RFC822", "1", "10")
if has("BINARY"):
    call("fetch", "1", "(BINARY.PEEK[1] BINARY.SIZE[1])")
if has("PREVIEW"):
    call("fetch", "1", "(PREVIEW (LAZY))")
if has("SAVEDATE"):
    call("fetch", "1", "(SAVEDATE)")
if has("OBJECTID"):
    call("fetch", "1:2", "(EMAILID THREADID)")
    call("status", "INBOX", "(MAILBOXID)")
if has("CONDSTORE"):
    call("fetch", "1:*", "(FLAGS MODSEQ) (CHANGEDSINCE 1)")
    call("search", None, "MODSEQ 1")
    call("store", "1", "(UNCHANGEDSINCE 1) +FLAGS.SILENT", r"(\Flagged)")
if has("QRESYNC"):
    say("UID", "FETCH", "1:*", "(FLAGS)", "(CHANGEDSINCE 1 VANISHED)")
call("search", None, "ALL")
call("search", "UTF-8", "SUBJECT", '"mail"', "UNSEEN", "OR", "FROM", "fred", "NOT", "TO", "mrc")
call("uid", "SEARCH", "UID", "1:5", "SINCE", "1-Jan-2001", "KEYWORD", "work", "LARGER", "10")
if has("ESEARCH"):
    say("SEARCH", "RETURN", "(MIN MAX COUNT ALL)", "1:*")
    say("UID", "SEARCH", "RETURN", "(ALL)", "UNDELETED")
if has("SEARCHRES"):
    say("SEARCH", "RETURN", "(SAVE)", "1:2")
    call("fetch", "$", "(FLAGS)")
if has("WITHIN"):
    call("search", None, "YOUNGER", "100000")
call("sort", "(REVERSE DATE SUBJECT)", "UTF-8", "ALL")
if has("ESORT"):
    say("SORT", "RETURN", "(COUNT ALL)", "(ARRIVAL)", "UTF-8", "ALL")
for algorithm in ("REFERENCES", "ORDEREDSUBJECT"):
    if has("THREAD=" + algorithm):
        call("thread", algorithm, "UTF-8", "ALL")
        call("uid", "THREAD", algorithm, "UTF-8", "ALL")
if has("URLAUTH"):
    say("GENURLAUTH", f'"imap://{user}@localhost/INBOX/;uid=1;urlauth=anonymous"', "INTERNAL")
    _, urls = box.response("GENURLAUTH")
    if urls[0]:
        say("URLFETCH", urls[0].decode())
    say("RESETKEY")
call("store", "1", "+FLAGS", r"(\Deleted work)")
call("store", "1", "-FLAGS.SILENT", r"(\Deleted)")
call("uid", "STORE", "1:2", "FLAGS", r"(\Seen)")
call("copy", "1:2", "box")
call("uid", "COPY", "1", "box")
if has("MOVE"):
    say("MOVE", "1", "box")
    say("UID", "MOVE", "2:3", "box")
if has("NOTIFY"):
    say("NOTIFY", "SET", "(selected (MessageNew (UID FLAGS) MessageExpunge))")
    say("NOTIFY", "NONE")
if has("CATENATE"):
    say("APPEND", "box", "CATENATE", '(URL "/INBOX/;UID=1")')
call("check")
call("noop")
call("store", "1", "+FLAGS", r"(\Deleted)")
call("expunge")
if has("UIDPLUS"):
    say("UID", "EXPUNGE", "1:9")
call("recent")
call("response", "UIDVALIDITY")
call("unselect")
call("select", "box")
call("close")
call("rename", "box", "box2")
call("unsubscribe", "box")
call("delete", "box2")
call("delete", '"Entw&APw-rfe"')
call("proxyauth", "nobody")
say("XYZZY")
box.logout()
