package stage

import (
	"bytes"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Script is what some clients of one server do.
type Script struct {
	Name    string // of the file, for errors
	About   string
	Clients []Client
}

// Client is one connection of a client, and what it says.
type Client struct {
	Addr, Server netip.AddrPort
	After        time.Duration // of its first packet, after the stage's start
	Quirks       []string      // of the server, towards this client
	Commands     []Command
	End          End
	Linger       time.Duration // between its last word and the end, if no LOGOUT ends it
}

// Command is one command with its literals.
type Command struct {
	Line     int    // of the script, for errors; 0 if there is none
	Tag      string // whose response is waited for
	Parts    []Part // as sent, line ends included
	Together bool   // sent without waiting for what was sent before

	Pause   time.Duration // of the client's, before it, beside Options.Pause
	Quirks  []string      // of the server, in its answer to this one
	Slow    time.Duration // how much longer the server takes for it
	Deliver []Delivery    // mail that arrives before it
	Trouble Trouble
}

// Part is a stretch of a command: a literal, or what stands between two, begins a new
// one.
type Part struct {
	Octets []byte
	Ready  bool // it is sent when the server has said "+"
}

// Delivery is a message, as an mbox file has it, that arrives in a user's INBOX.
type Delivery struct {
	User string
	Mbox []byte
}

// Trouble is what the network does to a command or to its answer.
type Trouble struct {
	LoseRequest, LoseAnswer Stretch       // octets that were not captured
	Again                   time.Duration // the request is sent once more, that much later; 0: it is not
	Cut                     int           // that many octets of the answer come, and then the connection ends; 0: all
}

// Stretch is N octets from octet From on.
type Stretch struct{ From, N int }

// End is how a client ends a connection that no LOGOUT ended.
type End uint8

// The ways of it.
const (
	Close  End = iota // it closes
	Reset             // it, or what stands between, resets
	Vanish            // nothing is heard any more
)

// ends are their names in a script.
var ends = [...]string{Close: "fin", Reset: "rst", Vanish: "none"}

// Line is a command of one line without literals.
func Line(tag, text string) Command {
	return Command{Tag: tag, Parts: []Part{{Octets: []byte(tag + " " + text + "\r\n")}}}
}

// parser reads a script.
type parser struct {
	script *Script
	lines  []string
	next   int // the line to read, counted from 0

	client *Client
	now    Command // what was said of the next command
}

// Parse reads a script. Its errors name the file and the line.
func Parse(name string, text []byte) (*Script, error) {
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	p := &parser{
		script: &Script{Name: name, Clients: []Client{{
			Addr:   netip.MustParseAddrPort("127.0.0.1:59001"),
			Server: netip.MustParseAddrPort("127.0.0.1:143"),
		}}},
		lines: strings.Split(strings.TrimSuffix(string(text), "\n"), "\n"),
	}
	p.client = &p.script.Clients[0]
	if err := p.head(); err != nil {
		return nil, err
	}
	for p.next < len(p.lines) {
		if err := p.body(p.line()); err != nil {
			return nil, err
		}
	}
	for i := range p.script.Clients {
		if p.client = &p.script.Clients[i]; len(p.client.Commands) == 0 {
			return nil, p.fail("%s says nothing", p.client.Addr)
		}
	}
	return p.script, nil
}

func (p *parser) line() string {
	p.next++
	return p.lines[p.next-1]
}

// fail is an error about the line that was read last.
func (p *parser) fail(format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", p.script.Name, p.next, fmt.Sprintf(format, args...))
}

// head reads the header, up to a blank line.
func (p *parser) head() error {
	headers := map[string]func(value string) error{
		"about":  func(v string) error { p.script.About = strings.TrimSpace(p.script.About + " " + v); return nil },
		"quirk":  func(v string) error { p.client.Quirks = append(p.client.Quirks, v); return nil },
		"client": func(v string) (err error) { p.client.Addr, err = netip.ParseAddrPort(v); return err },
		"server": func(v string) (err error) { p.client.Server, err = netip.ParseAddrPort(v); return err },
		"end": func(v string) error {
			for i, name := range ends {
				if name == v {
					p.client.End = End(i)
					return nil
				}
			}
			return fmt.Errorf("the end is %s, not %q", strings.Join(ends[:], ", "), v)
		},
	}
	for p.next < len(p.lines) {
		line := p.line()
		if strings.TrimSpace(line) == "" {
			return nil
		}
		if strings.HasPrefix(line, "#") {
			continue
		}
		key, value, _ := strings.Cut(line, ":")
		set := headers[key]
		if set == nil {
			return p.fail("%q is no header: they are about, client, server, quirk and end; a blank line ends them", key)
		}
		if err := set(strings.TrimSpace(value)); err != nil {
			return p.fail("%v", err)
		}
	}
	return nil
}

// body reads what a line of the body begins.
func (p *parser) body(line string) error {
	sign, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimSpace(rest)
	switch sign {
	case "":
		if rest != "" {
			return p.fail("a line that begins with a blank")
		}
		return nil
	case "~":
		d, err := time.ParseDuration(rest)
		if err != nil || d < 0 {
			return p.fail("a pause is like ~ 500ms, not %q", line)
		}
		p.now.Pause += d
		return nil
	case "@":
		return p.direct(rest)
	case "=":
		return p.another(rest)
	case "&":
		p.now.Together = true
		line = strings.TrimPrefix(line, "& ")
	default:
		if line[0] == '#' {
			return nil
		}
	}
	return p.command(line)
}

// direct reads a direction: something that is not the client's to say.
func (p *parser) direct(line string) error {
	word, arg, _ := strings.Cut(line, " ")
	switch {
	case word == "quirk" && arg != "":
		p.now.Quirks = append(p.now.Quirks, arg)
	case word == "deliver" && arg != "":
		var mbox strings.Builder
		for from := p.next; ; {
			if p.next == len(p.lines) {
				p.next = from
				return p.fail("no @ end follows this delivery")
			}
			text := p.line()
			if text == "@ end" {
				break
			}
			mbox.WriteString(text + "\n")
		}
		p.now.Deliver = append(p.now.Deliver, Delivery{User: arg, Mbox: []byte(mbox.String())})
	default:
		return p.fail("a direction is @ quirk NAME or @ deliver USER, not %q", "@ "+line)
	}
	return nil
}

// another begins another client.
func (p *parser) another(line string) error {
	addr, after, _ := strings.Cut(line, " ")
	c := Client{Server: p.script.Clients[0].Server}
	var err error
	if c.Addr, err = netip.ParseAddrPort(addr); err == nil && after != "" {
		c.After, err = time.ParseDuration(strings.TrimPrefix(after, "+"))
	}
	if err != nil || c.After < 0 {
		return p.fail("another client is like = 127.0.0.1:59002 +3s, not %q", "= "+line)
	}
	for i := range p.script.Clients {
		if p.script.Clients[i].Addr == c.Addr {
			return p.fail("there is a client %s already", c.Addr)
		}
	}
	p.script.Clients = append(p.script.Clients, c)
	p.client, p.now = &p.script.Clients[len(p.script.Clients)-1], Command{}
	return nil
}

// command reads a command, and the lines of its literals.
func (p *parser) command(line string) error {
	c := p.now
	p.now = Command{}
	c.Line = p.next
	c.Tag, _, _ = strings.Cut(line, " ")
	for ready := false; ; {
		size, wait, literal := announced(line)
		if literal && !wait {
			line = strings.TrimSuffix(line, "!}") + "}"
		}
		c.Parts = append(c.Parts, Part{Octets: []byte(line + "\r\n"), Ready: ready})
		if !literal {
			p.client.Commands = append(p.client.Commands, c)
			return nil
		}
		ready = wait
		text, more := "", false
		for at := p.next; !more || len(text) < size; more = true {
			if p.next == len(p.lines) {
				p.next = at
				return p.fail("the literal announced here has %d octets, and the script ends before them", size)
			}
			if more {
				text += "\r\n"
			}
			text += p.line()
		}
		if !p.continues(text, size) {
			return p.fail("the literal ends within a line end")
		}
		// Only what follows the literal may announce another one.
		if _, _, again := announced(text[size:]); !again && strings.HasSuffix(text, "}") {
			c.Parts = append(c.Parts, Part{Octets: []byte(text + "\r\n"), Ready: ready})
			p.client.Commands = append(p.client.Commands, c)
			return nil
		}
		line = text
	}
}

// continues reports whether a command can go on behind a literal.
func (p *parser) continues(text string, size int) bool {
	return size <= len(text) && (size == 0 || size == len(text) || text[size-1] != '\r')
}

// announced is the size of the literal that a line ends in announcing, and whether it
// waits for "+".
func announced(line string) (size int, wait, ok bool) {
	line, ok = strings.CutSuffix(line, "}")
	i := strings.LastIndexByte(line, '{')
	if !ok || i < 0 {
		return 0, false, false
	}
	digits, now := strings.CutSuffix(line[i+1:], "!")
	n, err := strconv.ParseUint(digits, 10, 20)
	return int(n), !now, err == nil
}
