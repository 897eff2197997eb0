"""Fetches each mail of INBOX, appends it to the mailbox "copies", and prints what is
there then, as JSON: a list of base64."""

import base64, imaplib, json, ssl, sys

host, port, how, ca, user, password, log = sys.argv[1:]
if log:
    sys.stderr = open(log, "w", buffering=1)
    imaplib.Debug = 4
trust = ssl.create_default_context(cafile=ca) if how != "plain" else None
if how == "implicit":
    box = imaplib.IMAP4_SSL(host, int(port), ssl_context=trust)
else:
    box = imaplib.IMAP4(host, int(port))
if how == "starttls":
    box.starttls(trust)
box.login(user, password)


def mails(name):
    _, (count,) = box.select(name)
    for n in range(1, int(count) + 1):
        status, data = box.fetch(str(n), "(RFC822)")
        assert status == "OK", data
        yield data[0][1]


box.create("copies")  # there are none: it deletes them below
for mail in list(mails("INBOX")):
    status, data = box.append("copies", None, None, mail)
    assert status == "OK", data
print(json.dumps([base64.b64encode(mail).decode() for mail in mails("copies")]))
box.close()
box.delete("copies")
box.logout()
