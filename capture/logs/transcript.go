package logs

import (
	"regexp"
	"slices"
	"strings"

	"imapscope/capture"
)

// marks are how people and programs mark lines of the client, and those of the server beside them.
var marks = [...][2]string{
	{"C:", "S:"}, {"c:", "s:"}, {"C :", "S :"}, {"C>", "S>"}, {"C->S:", "S->C:"}, {"[C]", "[S]"}, {"(C)", "(S)"},
	{"Client:", "Server:"}, {"CLIENT:", "SERVER:"}, {"client:", "server:"}, {"[client]", "[server]"}, {"client>", "server>"},
	{"Sent:", "Received:"}, {"SEND:", "RECV:"}, {"send:", "recv:"}, {"Send:", "Recv:"}, {"SENT:", "RECEIVED:"}, {"OUT:", "IN:"}, {"out:", "in:"},
	{"-->", "<--"}, {"->", "<-"}, {"==>", "<=="}, {"=>", "<="}, {">>>", "<<<"}, {">>", "<<"}, {"→", "←"}, {">", "<"},
}

// What may be before a mark: the number of a line, a time, the sign of a list.
const transcriptStamp = `^\s{0,8}(?:\d{1,6}[:.)]? +)?(?:[\[(]?(?P<time>` +
	`(?:\d{4}[-/]\d\d[-/]\d\d[ T]+|\d\d?[./]\d\d?[./]\d{4},? +)?\d\d?:\d\d:\d\d(?:[.,]\d+)?(?: [AP]M)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?` +
	`|\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d(?: [+-]\d{4})?` +
	`|\d{9,11}\.\d{1,9}` +
	`)[\])]?:? +|\[?\+?\d+(?:\.\d+)?(?:ms|s)?\]? +)?(?:[-*+] )?(?:\*\*)?`

// What follows a mark.
const transcriptText = `(?:\*\*)?(?:[ \t](?P<text>.*)|(?P<nothing>)|(?P<joined>[^ \t].*))$`

// anyMark matches a line with any mark.
var anyMark = func() *pattern {
	var all []string
	for _, pair := range marks {
		all = append(all, regexp.QuoteMeta(pair[0]), regexp.QuoteMeta(pair[1]))
	}
	return mustMatch(transcriptStamp + `(?P<mark>` + strings.Join(all, "|") + `)` + transcriptText)
}()

// transcript is what people and many programs write: each line behind the mark of its side. The
// first line of the protocol shows which marks they are.
func transcript() Format {
	mark, text, joined := anyMark.SubexpIndex("mark"), anyMark.SubexpIndex("text"), anyMark.SubexpIndex("joined")
	var pair [2]string
	return Format{
		Name: "transcript", Program: "a transcript",
		How:     "lines that begin C: and S:, > and <, -> and <-, >>> and <<<, or client: and server:",
		Missing: "mostly times and addresses",
		weigh: func(l []byte, p Protocol, begun bool) weight {
			m := anyMark.FindSubmatch(l)
			if m == nil || begun && !slices.Contains(pair[:], string(m[mark])) {
				return other
			}
			said := m[text]
			if len(m[joined]) > 0 {
				said = m[joined]
			}
			dir, ok := p.Speaker(said)
			if !ok || proseWord.Match(said) || dir == capture.ServerToClient && said[0] != '*' { // SMTP has "250 OK"
				return marked
			}
			for _, marks := range marks {
				if marks[dir] == string(m[mark]) && (!begun || marks == pair) {
					pair = marks
					return protocol
				}
			}
			return marked
		},
		new: func(b *book) parser {
			said := newPattern(transcriptStamp + `(?:(?P<client>` + regexp.QuoteMeta(pair[0]) + `)|(?P<server>` + regexp.QuoteMeta(pair[1]) + `))` + transcriptText)
			joined := said.SubexpIndex("joined")
			return newMarked(marking{
				said: said, within: true, whole: true, omits: true, words: true, halves: true,
				text: func(groups [][]byte) []byte {
					if len(groups[joined]) == 0 {
						return nil
					}
					return groups[joined]
				},
			})(b)
		},
	}
}
