package traffic

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

const (
	poolSize = 1 << 20
	minMail  = 1 << 10
	maxMail  = 200_000
)

// A pool is text from which the bodies of messages are cut.
type pool []byte

// newPool writes lines of words, and now and then a line that looks like the
// protocol, which a decoder must not take for it.
func newPool(seed uint64) pool {
	r := rand.New(rand.NewPCG(seed, 822))
	p := make(pool, 0, poolSize+200)
	for len(p) < poolSize {
		if r.IntN(40) == 0 {
			p = append(p, pick(r, decoys)...)
		} else {
			for start := len(p); len(p)-start < 50+r.IntN(20); {
				p = append(append(p, pick(r, words)...), ' ')
			}
		}
		p = append(p, "\r\n"...)
	}
	return p[:poolSize]
}

// text returns n bytes of it.
func (p pool) text(at uint64, octets int) []byte {
	start := int(at % uint64(len(p)-octets))
	return p[start : start+octets]
}

func pick(r *rand.Rand, from []string) string { return from[r.IntN(len(from))] }

var words = strings.Fields(`the a of and to in message server client mailbox we you they it is was will meeting
	Tuesday room print queue terminal network gateway host file letter answer question system memo draft review
	schedule paper report budget lunch coffee compiler Lisp machine editor font driver tape backup release version
	between under about after before during without please thanks regards forwarded attached enclosed tomorrow`)

var decoys = []string{
	`* 5 FETCH (FLAGS (\Seen))`, `A0001 OK LOGIN completed`, `* BYE out of memory`, `+ Ready for literal`, `)`,
	`he wrote {4711}`, `{12}`, `a3 LOGOUT`, `"unbalanced (quote`, `* 12 EXISTS`, `.`, `From the desk of {1}`,
}

var subjects = []string{
	"Meeting on Tuesday", "Re: Meeting on Tuesday", "Printer queue", "Draft of the paper", "Re: IMAP servers", "lunch?", "Tape backup",
	"Weekly report", "Weird behaviour of the (new) gateway", "Release 6.1(349)", "Re: budget 1991", "Your question", "Forwarded memo",
}

// Subjects that cannot be quoted, and are sent as literals.
var oddSubjects = []string{
	`The "new" gateway`, `Discount: 50% off`, `path C:\MAIL\BOX`, `* 5 FETCH (FLAGS (\Seen))`, "Besprechung \xfcber M\xf6bel", `braces {12}`,
}

var people = []string{
	"Mark Crispin", "Bill Yeager", "Larry Fagan", "Ada Lovelace", "Grace Hopper", "Jon Postel", "Radia Perlman", "Ken Arrow",
	"Maria G. Mayer", "Lise Meitner", "Emmy Noether", "Alonzo Church", "Rosalind Franklin", "Frank Gilmurray", "Hiroshi Okuno",
}

var hosts = []string{"SUMEX-AIM.Example.EDU", "tomobiki-cho.example.edu", "mail.example.org", "PANDA.example.com", "ntt.example.net"}

// A mail is one message of a mailbox. Its contents are derived from its seed, so that
// they are the same each time they are fetched.
type mail struct {
	subject    string
	odd        bool // the subject needs a literal
	from       int  // people
	to         [3]int
	recipients int
	host       string
	date       time.Time
	id         uint64
	size       int
	reply      bool
}

// mailOf returns the message with a seed.
func mailOf(src *rand.PCG, seed uint64) mail {
	src.Seed(seed, 1064)
	r := rand.New(src)
	m := mail{
		subject: pick(r, subjects), from: r.IntN(len(people)), host: pick(r, hosts), id: r.Uint64(),
		recipients: 1 + r.IntN(3), reply: r.IntN(4) == 0,
		date: epoch.Add(-time.Duration(r.IntN(400*24*3600)) * time.Second),
	}
	if r.IntN(25) == 0 {
		m.subject, m.odd = pick(r, oddSubjects), true
	}
	for i := range m.to {
		m.to[i] = r.IntN(len(people))
	}
	switch n := r.IntN(100); {
	case n < 70:
		m.size = minMail + r.IntN(4_000)
	case n < 96:
		m.size = 4_000 + r.IntN(30_000)
	default:
		m.size = 30_000 + r.IntN(maxMail-30_000)
	}
	return m
}

// appendHeader writes the header, with the empty line that ends it.
func (m *mail) appendHeader(b []byte) []byte {
	b = append(b, "Date: "...)
	b = m.date.AppendFormat(b, "Mon, 2 Jan 06 15:04:05 GMT")
	b = append(b, "\r\nFrom: "...)
	b = append(append(append(b, people[m.from]...), " <"...), local(m.from)...)
	b = append(append(append(b, '@'), m.host...), ">\r\nTo: "...)
	for i, p := range m.to[:m.recipients] {
		if i > 0 {
			b = append(b, ",\r\n    "...)
		}
		b = append(append(append(b, local(p)...), '@'), m.host...)
	}
	b = append(append(b, "\r\nSubject: "...), m.subject...)
	b = append(m.appendID(append(b, "\r\nMessage-ID: "...), m.id), "\r\n"...)
	if m.reply {
		b = append(m.appendID(append(b, "In-Reply-To: "...), m.id/3), "\r\n"...)
	}
	return append(b, "\r\n"...)
}

func (m *mail) appendID(b []byte, id uint64) []byte {
	b = strconv.AppendUint(append(b, '<'), id, 36)
	return append(append(append(b, '@'), m.host...), '>')
}

// local returns the mailbox name of a person: the last name.
func local(person int) string {
	name := people[person]
	return name[strings.LastIndexByte(name, ' ')+1:]
}

// appendAddresses writes an address list of one or more people.
func (m *mail) appendAddresses(b []byte, list ...int) []byte {
	b = append(b, '(')
	for _, p := range list {
		b = append(append(b, `("`...), people[p]...)
		b = append(append(b, `" NIL "`...), local(p)...)
		b = append(append(append(b, `" "`...), m.host...), `")`...)
	}
	return append(b, ')')
}

// appendEnvelope writes the envelope (RFC 1176, "Responses": FETCH, p. 19) and
// returns the number of literals and of bytes in them.
func (m *mail) appendEnvelope(b []byte) (_ []byte, literals, octets int) {
	b = append(b, `("`...)
	b = append(m.date.AppendFormat(b, "Mon, 2 Jan 06 15:04:05 GMT"), `" `...)
	if m.odd {
		b = strconv.AppendInt(append(b, '{'), int64(len(m.subject)), 10)
		b = append(append(b, "}\r\n"...), m.subject...)
		literals, octets = 1, len(m.subject)
	} else {
		b = append(append(append(b, '"'), m.subject...), '"')
	}
	for range 3 { // from, sender, reply-to
		b = m.appendAddresses(append(b, ' '), m.from)
	}
	b = m.appendAddresses(append(b, ' '), m.to[:m.recipients]...)
	b = append(b, " NIL NIL "...) // cc, bcc
	if m.reply {
		b = append(m.appendID(append(b, '"'), m.id/3), `" "`...)
	} else {
		b = append(b, `NIL "`...)
	}
	return append(m.appendID(b, m.id), `")`...), literals, octets
}
