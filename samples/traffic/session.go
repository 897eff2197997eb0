package traffic

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// A session is one session, generated one exchange at a time.
type session struct {
	gen    *generator
	rng    *rand.Rand
	src    rand.PCG // of the message at hand
	style  style
	number int64
	state  state
	tag    int
	left   int // exchanges until LOGOUT
	copied int // messages, to another mailbox

	user  string
	seed  uint64 // of the mailbox's messages
	uid   uint64 // of the newest message
	uids  []uint64
	flags []uint8

	req, resp   []byte // of this exchange
	asked, told int    // how much of them is in bursts already
	bursts      []burst
}

// A style is how a client writes commands.
type style struct {
	tag   string // format of a number
	lower bool
}

var styles = []style{{"A%05d", false}, {"a%03d", true}, {"%d", false}, {"%08d", false}, {"A%d", true}}

// A state is the progress of a session.
type state uint8

const (
	greeting state = iota
	login
	selecting
	working
	over
)

// Bits of a message's flags, and their names in the order of the bits.
const (
	recent = 1 << iota
	seen
	answered
	flagged
	deleted
)

var flagNames = [...]string{`\Recent`, `\Seen`, `\Answered`, `\Flagged`, `\Deleted`}

func (s *session) begin(g *generator, src *rand.PCG, number int64) {
	*s = session{gen: g, rng: rand.New(src), number: number, uids: s.uids[:0], flags: s.flags[:0], req: s.req[:0], resp: s.resp[:0]}
	s.style = styles[s.rng.IntN(len(styles))]
	s.user = strings.ToLower(local(s.rng.IntN(len(people))))
	s.left = 5 + s.rng.IntN(60)
	if g.Dialect == IMAP4rev1 { // a mailbox that another session selected would have to be the same
		s.user += strconv.FormatInt(number, 10)
	}
}

// next returns the next exchange as bursts, whose data is valid until the next call. It
// returns none at the end.
func (s *session) next(bursts []burst) []burst {
	s.bursts, s.req, s.resp, s.asked, s.told = bursts, s.req[:0], s.resp[:0], 0, 0
	switch s.state {
	case greeting:
		s.greet()
		s.state = login
	case login:
		s.login()
	case selecting:
		s.selectMailbox("INBOX")
		s.state = working
	case working:
		if s.left--; s.left <= 0 || s.gen.ending() {
			s.logout()
			s.state = over
			break
		}
		s.work()
	case over:
		return nil
	}
	s.flush()
	return s.bursts
}

func (s *session) greet() {
	if s.gen.Dialect == IMAP4rev1 {
		s.resp = append(s.resp, "* OK [CAPABILITY "+capabilities+"] mail.example.edu ready\r\n"...)
		return
	}
	s.resp = fmt.Appendf(s.resp, "* OK mail.example.edu IMAP2 Service 7.%d ready\r\n", s.number%10)
}

// flush makes bursts of the pending data: first the client's, then the server's.
func (s *session) flush() {
	if len(s.req) > s.asked {
		s.bursts = append(s.bursts, burst{false, s.req[s.asked:]})
	}
	if len(s.resp) > s.told {
		s.bursts = append(s.bursts, burst{true, s.resp[s.told:]})
	}
	s.asked, s.told = len(s.req), len(s.resp)
}

// command begins a command, and counts it under its first word.
func (s *session) command(line string) {
	s.tag++
	name, rest, _ := strings.Cut(line, " ")
	if name == "UID" {
		word, _, _ := strings.Cut(rest, " ")
		name += " " + word
	}
	s.gen.sum.Transactions++
	s.gen.sum.Commands[name]++
	s.req = append(fmt.Appendf(s.req, s.style.tag, s.tag), ' ')
	if s.style.lower {
		s.req = append(append(s.req, strings.ToLower(name)...), line[len(name):]...)
	} else {
		s.req = append(s.req, line...)
	}
}

func (s *session) ask(format string, args ...any) {
	s.command(fmt.Sprintf(format, args...))
	s.req = append(s.req, "\r\n"...)
}

// done completes the command at hand.
func (s *session) done(status, text string) {
	s.gen.sum.Completions[status]++
	s.resp = fmt.Appendf(s.resp, s.style.tag+" %s %s\r\n", s.tag, status, text)
}

// untagged appends a line of unsolicited data.
func (s *session) untagged(kind, format string, args ...any) {
	start := len(s.resp)
	s.resp = append(fmt.Appendf(append(s.resp, "* "...), format, args...), "\r\n"...)
	s.count(kind, start)
}

// count counts the unsolicited data that began there.
func (s *session) count(kind string, start int) {
	s.gen.sum.Unsolicited[kind]++
	s.gen.sum.KindOctets[kind] += int64(len(s.resp) - start)
}

// literal is sent by the client; if it does not wait, the server's "+" comes
// when all is said.
func (s *session) literal(text string, wait bool) {
	s.gen.sum.ClientLiterals++
	s.gen.sum.ClientLiteralOctets += int64(len(text))
	s.req = fmt.Appendf(s.req, "{%d}\r\n", len(text))
	s.gen.sum.Ready++
	s.resp = append(s.resp, "+ Ready for argument\r\n"...)
	if wait {
		s.flush()
	}
	s.req = append(s.req, text...)
}

func (s *session) login() {
	switch s.rng.IntN(6) {
	case 0: // the password as a literal
		s.command("LOGIN " + s.user + " ")
		s.literal("se cret \"1\"", true)
		s.req = append(s.req, "\r\n"...)
	case 1: // a wrong password first
		s.ask("LOGIN %s sesame", s.user)
		s.done("NO", "Bad LOGIN user name and/or password")
		return
	default:
		s.ask("LOGIN %s secret%d", s.user, s.number)
	}
	s.done("OK", "User "+s.user+" logged in")
	s.state = selecting
}

func (s *session) selectMailbox(name string) {
	s.seed = s.rng.Uint64()
	n := 20 + s.rng.IntN(300)
	s.uids, s.flags, s.uid = s.uids[:0], s.flags[:0], 0
	for i := range n {
		flags := uint8(s.rng.Uint32()) & (seen | answered | flagged)
		if i > n-4 {
			flags = recent
		}
		s.arrive(flags)
	}
	s.ask("SELECT %s", name)
	s.untagged("FLAGS", `FLAGS (\Answered \Flagged \Deleted \Seen)`)
	s.untagged("EXISTS", "%d EXISTS", len(s.uids))
	s.untagged("RECENT", "%d RECENT", s.recent())
	if s.gen.Dialect == IMAP4rev1 {
		s.opened()
	}
	s.done("OK", "[READ-WRITE] SELECT completed")
}

// arrive puts a new message at the end of the mailbox.
func (s *session) arrive(flags uint8) {
	s.uid++
	s.uids = append(s.uids, s.seed+s.uid)
	s.flags = append(s.flags, flags)
}

func (s *session) recent() (n int) {
	for _, f := range s.flags {
		n += int(f & recent)
	}
	return n
}

func (s *session) logout() {
	s.ask("LOGOUT")
	s.untagged("BYE", "BYE mail.example.edu IMAP2 server terminating connection")
	s.done("OK", "LOGOUT completed")
}
