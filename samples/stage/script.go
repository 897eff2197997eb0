package stage

import (
	"bytes"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// A Script is what several clients of one server do.
type Script struct {
	Name    string // the name of the file, for errors
	About   string
	Clients []Client
}

// A Client is one connection, and what the client sends.
type Client struct {
	Addr, Server netip.AddrPort
	After        time.Duration // time of its first packet, after Options.Start
	Quirks       []string      // of the server, towards this client
	Commands     []Command
	End          End
	Linger       time.Duration // time between the last command and the end, without a LOGOUT
}

// A Command is one command with its literals.
type Command struct {
	Line     int    // its line in the script, for errors; 0 if none
	Tag      string // the tag of the response to wait for
	Parts    []Part // as sent, line ends included
	Together bool   // sent without waiting for what was sent before

	Pause   time.Duration // of the client before it, in addition to Options.Pause
	Quirks  []string      // of the server, in the response to this command
	Slow    time.Duration // additional time that the server takes
	Deliver []Delivery    // mail that arrives before it
	Trouble Trouble
}

// A Part is a section of a command: a literal, or the text between two.
type Part struct {
	Octets []byte
	Ready  bool // sent after the server's "+"
}

// A Delivery is a message in mbox format that arrives in a user's INBOX.
type Delivery struct {
	User string
	Mbox []byte
}

// Trouble is what the network does to a command or to its response.
type Trouble struct {
	LoseRequest, LoseAnswer Stretch       // bytes that were not captured
	Again                   time.Duration // the request is sent again after this time; 0: it is not
	Cut                     int           // the connection ends after this many bytes of the response; 0: it does not
}

// A Stretch is N bytes from byte From on.
type Stretch struct{ From, N int }

// An End is how a client ends a connection without a LOGOUT.
type End uint8

// The kinds of End.
const (
	Close  End = iota // the client closes
	Reset             // the client or the network resets
	Vanish            // the connection becomes silent
)

// ends holds the names of the Ends in a script.
var ends = [...]string{Close: "fin", Reset: "rst", Vanish: "none"}

// parser reads a script.
type parser struct {
	script *Script
	lines  []string
	next   int // index of the next line

	client *Client
	now    Command // what is known of the next command
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
	return p.script, p.done()
}

// done ends the lines of a client. A pause there comes before the end of the connection.
func (p *parser) done() error {
	switch c := &p.now; {
	case len(p.client.Commands) == 0:
		return p.fail("%s says nothing", p.client.Addr)
	case c.Quirks != nil || c.Deliver != nil:
		return p.fail("no command follows this direction")
	}
	p.client.Linger, p.now = p.now.Pause, Command{}
	return nil
}

func (p *parser) line() string {
	p.next++
	return p.lines[p.next-1]
}

// fail returns an error about the line that was read last.
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

// body parses a line of the body, and the lines that belong to it.
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
		if rest == "" {
			return p.fail("what is to be sent together with the command before?")
		}
		p.now.Together = true
		line = strings.TrimPrefix(line, "& ")
	default:
		if line[0] == '#' {
			return nil
		}
	}
	return p.command(line)
}

// direct parses a direction: an action that is not sent by the client.
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

// another begins the lines of another client.
func (p *parser) another(line string) error {
	if err := p.done(); err != nil {
		return err
	}
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
	p.client = &p.script.Clients[len(p.script.Clients)-1]
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
				return p.fail("the literal announced here has %d bytes, and the script ends before them", size)
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

// continues reports whether a command can continue after a literal.
func (p *parser) continues(text string, size int) bool {
	return size <= len(text) && (size == 0 || size == len(text) || text[size-1] != '\r')
}

// announced returns the size of the literal that a line announces, and whether the client waits
// for "+".
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
