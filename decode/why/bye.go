package why

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/decode/account"
	"imapscope/decode/lint"
)

// bye is a BYE.
type bye struct {
	Evidence
	text     string // without secrets
	greeting bool
	login    bool          // it came in place of the answer to a login
	silence  time.Duration // since the client's last line
}

// said is the text of a BYE, for a sentence.
func (b *bye) said() string {
	if b.text == "" {
		return "without a text"
	}
	return "with " + quote(b.text)
}

// crowdRules are the rules about too many connections, and waitRules those about servers that
// slow a client down.
var (
	crowdRules = []string{"S102", "S107", "S055"}
	waitRules  = []string{"S122", "S123"}
)

// crowded finds a connection that was one too many, and counts those that were open; and a
// server that slows the client down, and counts the commands before it.
func crowded(c *conn) []Reason {
	for _, rule := range crowdRules {
		if f := c.first(rule); f != nil {
			return []Reason{c.tooMany(f)}
		}
	}
	if at, text, severity, ok := c.throttling(); ok {
		return []Reason{c.throttled(at, text, severity)}
	}
	return nil
}

// throttling returns where the server slows the client down, if it does, and what it says.
func (c *conn) throttling() (at Evidence, text string, s lint.Severity, ok bool) {
	for _, rule := range waitRules {
		if f := c.first(rule); f != nil {
			return evidenceOf(f), c.textOf(f.Txn), f.Severity, true
		}
	}
	for _, n := range c.order {
		if x := c.refused[n]; anyWord(x.text, throttleWords) {
			return x.Evidence, x.text, lint.Warning, true
		}
	}
	if b := c.bye; b != nil && anyWord(b.text, throttleWords) {
		return b.Evidence, b.text, lint.Warning, true
	}
	return at, "", 0, false
}

// throttleWords are in the texts of servers that slow a client down.
var throttleWords = []string{"throttl", "rate limit", "ratelimit", "too many requests", "too many commands", "bandwidth limit", "exceeded command", "too many login", "too many failed", "login frequency", "backoff", "slow down"}

// textOf returns what the server said when it refused a command, or in its BYE.
func (c *conn) textOf(txn int) string {
	switch x := c.refused[txn]; {
	case x != nil:
		return x.text
	case c.bye != nil:
		return c.bye.text
	}
	return ""
}

// tooMany is the reason that a finding about too many connections is.
func (c *conn) tooMany(f *lint.Finding) Reason {
	text := c.textOf(f.Txn)
	r := Reason{Severity: max(f.Severity, lint.Warning), Verdict: Client, Evidence: []Evidence{evidenceOf(f)}, Remedy: f.Rule.Advice}
	r.Sentence = "There are too many connections"
	if c.has("S102") {
		r.Sentence = "This account has too many connections to Gmail, which permits 15"
	} else if n, ok := limitIn(text); ok {
		r.Sentence = fmt.Sprintf("There are too many connections: the server permits %d", n)
	}
	others := c.by.whole.crowd.at(c.Conn, f.Time)
	if len(others) > 0 {
		was := connections(len(others), "other connection from %s was", "other connections from %s were")
		r.Sentence += "; in this recording " + fmt.Sprintf(was, c.Client.Addr()) + " open then (" + numbers(others) + ")"
	} else {
		r.Sentence += "; the others are not in this recording"
	}
	if x := c.refused[f.Txn]; x != nil && x.attempt != nil && x.attempt.user != "" {
		if n := c.users(x.attempt.user, f.Time); n > 0 {
			r.Sentence += fmt.Sprintf(", %d of them logged in as %s", n, quote(safe(x.attempt.user)))
		}
	}
	switch x := c.refused[f.Txn]; {
	case x != nil:
		r.Sentence += "; " + x.answer()
	case c.bye != nil:
		r.Sentence += "; it said BYE " + c.bye.said()
	}
	r.Sentence += "."
	return r
}

// throttled is the reason that a server slows the client down.
func (c *conn) throttled(e Evidence, text string, s lint.Severity) Reason {
	r := Reason{Severity: max(s, lint.Warning), Verdict: Client, Evidence: []Evidence{e}, Remedy: "Wait, longer each time; use fewer connections, and fetch less at a time."}
	r.Sentence = "The server is throttling this client"
	if ms, ok := before(text, " milliseconds"); ok {
		d := time.Duration(ms) * time.Millisecond
		r.Sentence = fmt.Sprintf("The server is throttling this client: it demands a pause of %s", span(d))
		r.Remedy = fmt.Sprintf("Wait for %s before the next command. Use fewer connections, and fetch less at a time.", span(d))
	}
	if n := c.recent(e.Time, time.Minute); n > 0 {
		r.Sentence += fmt.Sprintf("; the client had sent %s in the minute before", plural(n, "command"))
	}
	if text != "" {
		r.Sentence += "; it says " + quote(text)
	}
	r.Sentence += "."
	return r
}

// limitIn returns the limit that a text names: its last number that is a word of its own.
func limitIn(text string) (int, bool) {
	limit, ok := 0, false
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" =()[]{}<>,;\"'/", r) }) {
		if n, err := strconv.Atoi(strings.TrimRight(w, ".")); err == nil && n > 0 && n < 100000 {
			limit, ok = n, true
		}
	}
	return limit, ok
}

// before returns the number in front of a word.
func before(text, word string) (int64, bool) {
	head, _, ok := strings.Cut(text, word)
	if !ok {
		return 0, false
	}
	i := len(head)
	for i > 0 && head[i-1] >= '0' && head[i-1] <= '9' {
		i--
	}
	n, err := strconv.ParseInt(head[i:], 10, 48)
	return n, err == nil
}

// idleWords are in the texts of servers that end a connection because the client was
// silent.
var idleWords = []string{"autologout", "auto-logout", "auto logout", "inactiv", "idle", "timeout", "timed out", "time out"}

// restartWords are in the texts of servers that are about to stop.
var restartWords = []string{"shutting down", "shutdown", "restart", "maintenance", "going down"}

// saidBye finds a BYE that no LOGOUT asked for.
func saidBye(c *conn) []Reason {
	b := c.bye
	if b == nil || c.serverOnly() || b.login && !c.crowdsOut(b) || c.idleTimedOut() {
		return nil
	}
	r := Reason{Severity: lint.Warning, Verdict: Server, Evidence: []Evidence{b.Evidence}, Remedy: "Do what the text says; if it says nothing, look at the server's log at this time."}
	switch {
	case b.greeting:
		r.Sentence = fmt.Sprintf("The server refused the connection in its first line, BYE %s.", b.said())
	case anyWord(b.text, restartWords):
		r.Sentence = fmt.Sprintf("The server is stopping or restarting, and ended the connection: BYE %s.", b.said())
		r.Remedy = "Reconnect, waiting longer each time; if it happens often, find out why the server restarts."
	case anyWord(b.text, idleWords) && b.silence >= time.Second:
		r.Verdict = Client
		r.Sentence = fmt.Sprintf("The client was silent for %s, and the server ended the connection, BYE %s.", span(b.silence), b.said())
		r.Remedy = "Send NOOP, or renew IDLE, more often than the server's limit; reconnect when the connection has ended."
	default:
		r.Sentence = fmt.Sprintf("The server ended the connection on its own, %s after the client's last line%s, BYE %s.", span(b.silence), c.lastCommand(), b.said())
	}
	return []Reason{r}
}

// crowdsOut reports whether a BYE is about a limit.
func (c *conn) crowdsOut(b *bye) bool { return anyWord(b.text, throttleWords) || c.limited(b.Txn) }

// lastCommand names the client's last command, for a sentence.
func (c *conn) lastCommand() string {
	if c.command == "" {
		return ""
	}
	return " (" + c.command + ")"
}

// wordless adds to a finding about a server that left what came before.
func wordless(c *conn, f *lint.Finding) string {
	if c.command == "" || c.spoke.IsZero() {
		return ""
	}
	return fmt.Sprintf("; the client's last line was %s, %s before", c.command, span(max(f.Time.Sub(c.spoke), 0)))
}

// crowd is when each connection was open.
type crowd struct {
	lives map[capture.ConnID]*life
	order []capture.ConnID
}

type life struct {
	client     netip.Addr
	server     netip.AddrPort
	start, end time.Time // end is zero while it is open
	leg        bool      // it is the server's leg of a proxy
}

// MaxLives is how many connections are counted.
const MaxLives = 1 << 16

func (w *crowd) open(c *capture.Conn) {
	if w.lives == nil {
		w.lives = make(map[capture.ConnID]*life)
	}
	if len(w.lives) < MaxLives {
		w.lives[c.ID] = &life{client: c.Client.Addr(), server: c.Server, start: c.Start}
		w.order = append(w.order, c.ID)
	}
}

func (w *crowd) close(id capture.ConnID, at time.Time, leg bool) {
	if l := w.lives[id]; l != nil {
		l.end, l.leg = at, leg
	}
}

// at returns the other connections between a client's address and a server that were open at a
// time.
func (w *crowd) at(c capture.Conn, at time.Time) []capture.ConnID {
	var out []capture.ConnID
	for _, id := range w.order {
		l := w.lives[id]
		if id != c.ID && !l.leg && l.client == c.Client.Addr() && l.server.Addr() == c.Server.Addr() && !l.start.After(at) && (l.end.IsZero() || l.end.After(at)) {
			out = append(out, id)
		}
	}
	return out
}

// users returns how many connections to the server were logged in as a user at a time.
func (c *conn) users(name string, at time.Time) int {
	n := 0
	for _, u := range c.all.Users {
		if u.User != name {
			continue
		}
		for _, x := range u.Uses {
			if x.Conn.Server.Addr() == c.Server.Addr() && !x.From.After(at) && openAt(x, at) {
				n++
			}
		}
	}
	return n
}

func openAt(u *account.Use, at time.Time) bool { return u.To.IsZero() || u.To.After(at) }
