package intercept_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"pgregory.net/rapid"
)

// limit is the Options.Limit of random sessions. What is longer is much longer.
const limit = 64 << 10

// act is what happens to a message.
type act int

const (
	passes act = iota
	wanted     // and left as it is
	edits
	drops
	delays
	divides
	holds
	holdsEdits
	holdsDrops
	answers
)

// scene is a random session.
type scene struct {
	commands []command
	acts     map[string]*act // by tag, or by the mark of a response
	unwaited bool            // the client does not wait for "+"
	chunk    int             // how much is written at once

	fromClient, atClient, fromServer, atServer []byte
	served                                     chan struct{}
}

// command is a command, and what answers it.
type command struct {
	tag      string
	parts    []string // up to each place where it may have to wait
	dialogue string   // what the server says before the client's last part
	refused  int      // the number of the part that the server refuses; -1: none
	answer   []string // the last one is tagged
	act      act
}

// waits reports whether a part ends in a literal that the server must ask for.
func (c *command) waits(n int) bool {
	return strings.HasSuffix(c.parts[n], "}\r\n") && !strings.HasSuffix(c.parts[n], "+}\r\n")
}

func (c *command) tooLong() bool { return len(strings.Join(c.parts, "")) > limit }

func drawScene(t *rapid.T) *scene {
	s := &scene{acts: map[string]*act{}, served: make(chan struct{})}
	s.unwaited = rapid.IntRange(0, 3).Draw(t, "unwaited") == 0
	s.chunk = rapid.SampledFrom([]int{1 << 20, 1 << 20, 3000, 100, 7}).Draw(t, "chunk")
	marks := 0
	for i := range rapid.IntRange(1, 12).Draw(t, "commands") {
		c := command{tag: fmt.Sprintf("a%d", i), refused: -1}
		s.drawRequest(t, &c)
		for range rapid.IntRange(0, 3).Draw(t, "responses") {
			marks++
			mark := fmt.Sprintf("m%d", marks)
			s.acts[mark] = s.drawAct(t, holdsDrops)
			c.answer = append(c.answer, drawData(t, mark, s.chunk))
		}
		marks++
		mark := fmt.Sprintf("m%d", marks)
		s.acts[mark] = s.drawAct(t, holdsDrops)
		status := "OK"
		if c.refused >= 0 {
			status, s.acts[mark] = "NO", new(act) // the client waits for it
		}
		c.answer = append(c.answer, fmt.Sprintf("%s %s (%s) done\r\n", c.tag, status, mark))
		s.acts[c.tag] = &c.act
		s.commands = append(s.commands, c)
	}
	return s
}

// drawRequest draws a command and what happens to it.
func (s *scene) drawRequest(t *rapid.T, c *command) {
	switch rapid.IntRange(0, 7).Draw(t, "kind") {
	case 0:
		c.parts, c.dialogue = []string{c.tag + " IDLE\r\n", "DONE\r\n"}, "+ idling\r\n* 1 EXISTS\r\n"
		return
	case 1:
		c.parts, c.dialogue = []string{c.tag + " AUTHENTICATE PLAIN\r\n", "QUJD\r\n"}, "+ \r\n"
		return
	}
	c.act = *s.drawAct(t, answers)
	part := c.tag + " LIST"
	for range rapid.IntRange(0, 3).Draw(t, "literals") {
		size, plus := drawSize(t, s.chunk), rapid.SampledFrom([]string{"", "+"}).Draw(t, "plus")
		c.parts = append(c.parts, fmt.Sprintf("%s {%d%s}\r\n", part, size, plus))
		part = strings.Repeat("a9 DELETE\r\n", size/11+1)[:size]
	}
	c.parts = append(c.parts, part+"\r\n")
	for n := range c.parts[:len(c.parts)-1] {
		if c.waits(n) && !s.unwaited && rapid.IntRange(0, 5).Draw(t, "refuses") == 0 {
			c.refused = n
			return
		}
	}
}

func (s *scene) drawAct(t *rapid.T, last act) *act {
	return new(act(rapid.IntRange(0, int(last)).Draw(t, "act")))
}

func drawSize(t *rapid.T, chunk int) int {
	if chunk > 1000 && rapid.IntRange(0, 9).Draw(t, "long") == 0 {
		return 300 << 10
	}
	return rapid.SampledFrom([]int{0, 1, 5, 11, 300, 9000}).Draw(t, "size")
}

// drawData draws an untagged response with a mark.
func drawData(t *rapid.T, mark string, chunk int) string {
	if rapid.Bool().Draw(t, "literal") {
		size := drawSize(t, chunk)
		return fmt.Sprintf("* 1 FETCH (%s {%d}\r\n%s)\r\n", mark, size, strings.Repeat("y", size))
	}
	return fmt.Sprintf("* OK (%s) hello\r\n", mark)
}

var marked = regexp.MustCompile(`\((m\d+)\b`)

// actOn returns what happens to a message of which line is the beginning; nil if that is not known.
func (s *scene) actOn(line []byte) *act {
	line, _, _ = bytes.Cut(line[:min(len(line), 100)], []byte("\n"))
	if m := marked.FindSubmatch(line); m != nil {
		return s.acts[string(m[1])]
	}
	tag, rest, _ := bytes.Cut(line, []byte(" "))
	if bytes.HasPrefix(rest, []byte("OK ")) { // what an Answer sends
		return nil
	}
	return s.acts[string(tag)]
}

// edited returns what an edit makes of a message: the first line gets another literal, or a
// longer text.
func edited(raw []byte) []byte {
	if i := bytes.Index(raw, []byte(" LIST")); i > 0 && raw[0] == 'a' {
		return slices.Concat(raw[:i+5], []byte(" {4}\r\nedit"), raw[i+5:])
	}
	return bytes.Replace(raw, []byte("(m"), []byte("({3}\r\nnew m"), 1)
}

// becomes returns what is sent in the place of a message.
func becomes(a act, raw string) string {
	switch a {
	case edits, holdsEdits:
		return string(edited([]byte(raw)))
	case drops, holdsDrops, answers:
		return ""
	}
	return raw
}

// wantServer returns what the server is to get.
func (s *scene) wantServer() (want []byte) {
	for i := range s.commands {
		c := &s.commands[i]
		out := strings.Join(c.parts, "")
		if !c.tooLong() {
			out = becomes(c.act, out)
		}
		if c.refused >= 0 && out != "" {
			out = out[:heads(out)[s.refusedHead(c, out)]]
		}
		want = append(want, out...)
	}
	return want
}

// refusedHead returns which of the literals of a command, as it arrives, is refused: the one that
// the client was to send as number c.refused, which an edit puts behind another.
func (s *scene) refusedHead(c *command, out string) (n int) {
	for i := range c.refused {
		if c.waits(i) {
			n++
		}
	}
	if strings.HasPrefix(out, c.tag+" LIST {4}\r\nedit") {
		n++
	}
	return n
}

// heads returns where the parts of a request end that announce a literal to be asked for.
func heads(out string) (heads []int) {
	for at := 0; at < len(out); {
		end := strings.Index(out[at:], "\r\n") + 2 + at
		size, waits := announced(out[at:end])
		if waits {
			heads = append(heads, end)
		}
		if at = end + size; size < 0 {
			break
		}
	}
	return heads
}

// announced returns the size of the literal that a line announces, -1 if it does not, and whether
// it must be asked for.
func announced(line string) (size int, waits bool) {
	if !strings.HasSuffix(line, "}\r\n") {
		return -1, false
	}
	digits, nonSync := strings.CutSuffix(line[strings.LastIndexByte(line, '{')+1:len(line)-3], "+")
	size, _ = strconv.Atoi(digits)
	return size, !nonSync
}

// wantClient returns what the client is to get of the server, without "+" for literals.
func (s *scene) wantClient() (want []byte) {
	for i := range s.commands {
		c := &s.commands[i]
		if becomes(c.act, "x") == "" && !c.tooLong() {
			continue // the server never saw it
		}
		want = append(want, c.dialogue...)
		for _, raw := range c.answer {
			a := *s.acts[marked.FindStringSubmatch(raw)[1]]
			if len(raw) > limit {
				a = passes
			}
			want = append(want, becomes(a, raw)...)
		}
	}
	return want
}

var ownLines = regexp.MustCompile(`(?m)^\+ (go|Ready for the literal)\r\n|^\* OK for a\d+\r\na\d+ OK answered\r\n`)

// withoutOwn returns what the client got, without the "+" for literals and the engine's answers.
func withoutOwn(got []byte) []byte { return ownLines.ReplaceAll(got, nil) }

// serve plays the server's side.
func (s *scene) serve(conn net.Conn) {
	defer close(s.served)
	r := bufio.NewReader(conn)
	byTag := map[string]*command{}
	for i := range s.commands {
		byTag[s.commands[i].tag] = &s.commands[i]
	}
	send := func(text string) {
		s.fromServer = append(s.fromServer, text...)
		s.write(conn, []byte(text))
	}
	for {
		line, err := s.line(r)
		if err != nil {
			return
		}
		tag, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		c := byTag[tag]
		if c == nil {
			continue // the client's part of a dialogue went astray
		}
		if c.dialogue != "" {
			send(c.dialogue)
			s.line(r)
		}
		if s.readLiterals(r, c, line, send) {
			for _, a := range c.answer {
				send(a)
			}
		}
	}
}

// readLiterals reads the rest of a command, and asks for its literals, up to the one that it refuses.
func (s *scene) readLiterals(r *bufio.Reader, c *command, line string, send func(string)) bool {
	refuse := -1
	if c.refused >= 0 {
		refuse = s.refusedHead(c, line+"edit")
	}
	for n := 0; ; {
		size, waits := announced(line)
		if size < 0 {
			return true
		}
		if waits && n == refuse {
			return true
		}
		if waits {
			send("+ go\r\n")
			n++
		}
		b := make([]byte, size)
		if _, err := io.ReadFull(r, b); err != nil {
			return false
		}
		s.atServer = append(s.atServer, b...)
		var err error
		if line, err = s.line(r); err != nil {
			return false
		}
	}
}

// line reads a line.
func (s *scene) line(r *bufio.Reader) (string, error) {
	line, err := r.ReadString('\n')
	s.atServer = append(s.atServer, line...)
	return line, err
}

// incoming reads what the client gets.
type incoming struct {
	got   []byte
	err   error
	lines chan string // those that may be waited for
	ended chan struct{}
}

func newIncoming(c net.Conn) *incoming {
	in := &incoming{lines: make(chan string, 10_000), ended: make(chan struct{})}
	go in.read(c)
	return in
}

func (in *incoming) read(c net.Conn) {
	defer close(in.ended)
	defer close(in.lines)
	r := bufio.NewReader(c)
	for {
		line, err := r.ReadString('\n')
		in.got = append(in.got, line...)
		if err != nil {
			in.err = err
			return
		}
		in.lines <- line
		if size, _ := announced(line); size > 0 && line[0] != '+' {
			b := make([]byte, size)
			n, _ := io.ReadFull(r, b)
			in.got = append(in.got, b[:n]...)
		}
	}
}

// ready waits for "+". It returns false if the command was refused.
func (in *incoming) ready(tag string) bool {
	for line := range in.lines {
		if line[0] == '+' {
			return true
		}
		if strings.HasPrefix(line, tag+" ") {
			return false
		}
	}
	return false
}
