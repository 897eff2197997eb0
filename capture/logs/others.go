package logs

import (
	"bytes"

	"imapscope/capture"
)

// The formats of this file are written from the programs' sources and from logs in their
// public bug reports.

// mozilla is Thunderbird's: nsImapProtocol::Log in mailnews/imap/src/nsImapProtocol.cpp. A
// module's pointer distinguishes sessions.
func mozilla() Format {
	const from = `(?:\[[^\]]*\]: |-?\d+\[(?:0x)?[0-9a-fA-F]+\]: )`
	said := mustMatch(`^(?:(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+) UTC - )?` + from + `?(?:[A-Z]/IMAP )?(?P<key>(?:0x)?[0-9a-fA-F]{6,}):[^:]*:[^:]*:(?:(?P<client>SendData)|(?P<server>CreateNewLineFromSocket)): (?P<text>.*)$`)
	return Format{
		Name: "Thunderbird", Program: "Thunderbird (MOZ_LOG)",
		How:     "MOZ_LOG=IMAP:5,timestamp MOZ_LOG_FILE=FILE thunderbird",
		Missing: "commands with passwords, addresses; with IMAP:4 also literals",
		is:      func(l []byte, _ Protocol) bool { return said.Match(l) },
		new: newMarked(marking{
			said: said, layout: "2006-01-02 15:04:05.999999999", within: true, whole: true, omits: true,
			other:  mustMatch(`^(?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ UTC - )?` + from),
			masked: mustMatch(`^Logging suppressed for this command`),
		}),
	}
}

// javaMail is JavaMail's and Angus Mail's: com.sun.mail.imap.protocol.IMAPProtocol, with
// mail.debug. Both directions are written as they are, but for what would show a password: of that
// only the response to it.
func javaMail() Format {
	connected := mustMatch(`^DEBUG IMAPS?: trying to connect to host "(?P<ip>[^"]*)", port (?P<port>\d+), isSSL`)
	debug := mustMatch(`^DEBUG IMAPS?: `)
	return Format{
		Name: "JavaMail", Program: "JavaMail or Angus Mail",
		How:     "mail.debug=true",
		Missing: "times, commands with passwords, the client's address",
		is:      func(l []byte, _ Protocol) bool { return debug.Match(l) },
		new: newMarked(marking{
			said:      mustMatch(`^DEBUG IMAPS?: .* command result: (?P<server>)(?P<text>.*)$`),
			connected: connected, bare: true, whole: true, server: true,
			notice: mustMatch(`^DEBUG IMAPS?: (?P<notice>\S+(?: \S+)? command trace suppressed)`),
		}),
	}
}

// neverSaid matches no line: what is said has no mark.
var neverSaid = mustMatch(`^\x00$`)

// mailKit is MailKit's: MailKit/ProtocolLogger.cs. Lines of literals have the mark too.
func mailKit() Format {
	connected := mustMatch(`^(?:(?P<time>\d\S+) )?Connected to imaps?://(?P<ip>[^/:]*):(?P<port>\d+)`)
	return Format{
		Name: "MailKit", Program: "MailKit",
		How:     "new ImapClient(new ProtocolLogger(FILE))",
		Missing: "times by default, passwords unless asked for, the client's address",
		is:      func(l []byte, _ Protocol) bool { return connected.Match(l) },
		new: newMarked(marking{
			said:      mustMatch(`^(?:(?P<time>\d{4}-\d\d-\d\dT\S+) )?(?:(?P<client>C)|(?P<server>S)): (?P<text>.*)$`),
			connected: connected, within: true, whole: true,
			masked: mustMatch(`\*{8}`),
		}),
	}
}

// offlineIMAP is OfflineIMAP's: imaplib2.py, whose _mesg writes the time, the thread and the
// message. The threads that read and write have the name of the host, the same for each account;
// the tags of a connection begin with four letters of their own.
func offlineIMAP() Format {
	said := mustMatch(`(?:^|[ :])\d\d:\d\d\.\d\d (?P<key>\S.*?)(?: (?:reader|writer|handler))? (?:(?P<client>>)|(?P<server><)) (?P<text>.*)$`)
	const date = `(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) DEBUG: `
	return Format{
		Name: "OfflineIMAP", Program: "OfflineIMAP",
		How:     "offlineimap -d imap -l FILE",
		Missing: "fractions of seconds, literals that were sent, addresses of the client",
		is: func(l []byte, p Protocol) bool {
			m := said.FindSubmatch(l)
			if m == nil {
				return false
			}
			_, ok := p.Speaker(plainRepr(m[said.SubexpIndex("text")]))
			return ok
		},
		new: newMarked(marking{
			said:      mustMatch(`^(?:` + date + `)?.*?\d\d:\d\d\.\d\d \S.*?(?: (?:reader|writer|handler))? (?:(?P<client>>)|(?P<server><)) (?P<text>.*)$`),
			connected: mustMatch(`^(?:` + date + `)?.*\d\d:\d\d\.\d\d .* connected to (?P<ip>\S+) on port (?P<port>\d+)$`),
			change:    plainRepr, within: true, omits: true, tags: true, late: true,
		}),
	}
}

// plainRepr returns the bytes that Python shows, without their line end.
func plainRepr(text []byte) []byte {
	if b, ok := unquote(text); ok {
		text = b
	}
	for _, end := range []string{`\r\n`, "\r\n", "\r"} {
		text = bytes.TrimSuffix(text, []byte(end))
	}
	return text
}

// android is K-9's and Thunderbird for Android's: RealImapConnection.kt and ImapResponseParser.kt
// write a response as the list that it was parsed to.
func android() Format {
	said := mustMatch(`^(?:(?P<time>(?:\d{4}-)?\d\d-\d\d \d\d:\d\d:\d\d\.\d+) )?.*\b(?P<key>conn\d+) ?(?:(?P<client>>>>) ?(?P<text>.*)|(?P<server><<<) ?#(?P<tag>[^#]*)# (?P<list>\[.*\]))$`)
	return Format{
		Name: "Thunderbird for Android", Program: "Thunderbird for Android or K-9 Mail",
		How:     "Settings, General, Debugging: Enable debug logging; Export logs",
		Missing: "quotes, literals, passwords, the year, addresses",
		is:      func(l []byte, _ Protocol) bool { return said.Match(l) },
		new: func(b *book) parser {
			b.notes = append(b.notes, "the log has responses as lists: their quotes and literals are not in it")
			list, tag, server := said.SubexpIndex("list"), said.SubexpIndex("tag"), said.SubexpIndex("server")
			m := marking{said: said, layout: "01-02 15:04:05.999999999", masked: mustMatch(`\[Command Hidden.*\]|\*sensitive\*`)}
			m.text = func(groups [][]byte) []byte {
				if len(groups[server]) == 0 {
					return nil
				}
				return listed(string(groups[tag]), groups[list], b.protocol.Speaker)
			}
			return newMarked(m)(b)
		},
	}
}

// listed returns the response that a list like "[OK, [READ-ONLY], done]" was parsed from.
func listed(tag string, list []byte, speaker Speaker) []byte {
	if tag == "null" {
		tag = "*"
	}
	inner := bytes.TrimSuffix(bytes.TrimPrefix(list, []byte("[")), []byte("]"))
	first, _, _ := bytes.Cut(inner, []byte(","))
	by, ok := speaker(append([]byte("t "), first...))
	status := ok && by == capture.ServerToClient
	inner = bytes.ReplaceAll(inner, []byte(", "), []byte(" "))
	if !status {
		inner = bytes.ReplaceAll(bytes.ReplaceAll(inner, []byte("["), []byte("(")), []byte("]"), []byte(")"))
	}
	return append([]byte(tag+" "), inner...)
}
