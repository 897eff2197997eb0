package lint

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/decodetest"
)

// play lints one connection that follows a transcript. A line that begins with "#"
// says where the example begins, how much later it goes on, or how it ends.
func play(text string, o Options, keep int) ([]Finding, error) {
	var found []Finding
	l, err := New(o, func(f Finding) { found = append(found, f) })
	if err != nil {
		return nil, err
	}
	p := player{Linter: l, now: time.Date(1990, 8, 1, 12, 0, 0, 0, time.UTC), keep: keep}
	p.conn = capture.Conn{ID: 1, Client: netip.MustParseAddrPort("127.0.0.1:40000"), Server: netip.MustParseAddrPort("127.0.0.2:143")}
	for line := range strings.Lines(text) {
		if err := p.line(strings.TrimRight(line, "\n")); err != nil {
			return nil, err
		}
	}
	if p.cause == nil {
		p.cause = capture.ErrEnd
	}
	p.open()
	return found, p.Events(1, p.dec.Close(p.now, p.cause))
}

type player struct {
	*Linter
	conn  capture.Conn
	dec   *decode.Decoder
	now   time.Time
	cause error
	keep  int
}

func (p *player) open() {
	if p.dec == nil {
		p.dec = decode.New(decode.Options{MidStream: p.conn.MidStream, Keep: p.keep})
		p.Open(p.conn)
	}
}

// The conversations that examples go on from.
const (
	playGreeting = "S: * OK ready\n"
	playLogin    = playGreeting + "C: l LOGIN fred secret\nS: l OK done\n"
	playSelect   = playLogin + "C: s SELECT INBOX\nS: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen)\nS: * %d EXISTS\nS: * 0 RECENT\nS: s OK done\n"
)

func (p *player) line(line string) error {
	remark, isRemark := strings.CutPrefix(line, "# ")
	if !isRemark {
		return p.say(line)
	}
	var n int
	var word string
	switch {
	case remark == "greeted":
		return p.say(playGreeting)
	case remark == "logged in":
		return p.say(playLogin)
	case scan(remark, "INBOX selected, %d messages", &n):
		return p.say(fmt.Sprintf(playSelect, n))
	case scan(remark, "from %s", &word):
		p.conn.Client = netip.AddrPortFrom(netip.MustParseAddr(word), 40000)
		p.conn.Server = netip.AddrPortFrom(netip.MustParseAddr(word).Next(), 143)
	case remark == "seen from its middle":
		p.conn.MidStream = true
	case scan(remark, "%s later", &word):
		d, err := time.ParseDuration(word)
		p.now = p.now.Add(d)
		return err
	case remark == "closed":
		p.cause = capture.ErrFIN
	case remark == "reset":
		p.cause = capture.ErrRST
	case remark == "forgotten":
		p.cause = capture.ErrIdle
	default:
		return errors.New("unknown remark: " + remark)
	}
	return nil
}

func scan(s, format string, to any) bool {
	n, err := fmt.Sscanf(s, format, to)
	return n == 1 && err == nil && strings.HasSuffix(s, format[strings.IndexByte(format, '%')+2:])
}

// say is octets of either side, a millisecond apart.
func (p *player) say(text string) error {
	pieces, err := decodetest.Parse(text)
	if err != nil {
		return err
	}
	p.open()
	for _, x := range pieces {
		p.now = p.now.Add(time.Millisecond)
		if x.Lost > 0 {
			p.Events(1, p.dec.Lost(x.Dir, p.now, x.Lost))
			continue
		}
		p.Events(1, p.dec.Write(x.Dir, p.now, x.Data))
	}
	return nil
}
