package logs

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strconv"

	"imapscope/capture"
)

// curl, src/tool_cb_dbg.c: a time where --trace-time asks for it, and with --trace-ids the numbers
// of transfer and connection, "[1-0] ".
const curlStamp = `^(?:(\d\d:\d\d:\d\d\.\d{6}) )?(?:\[\d+-([\dx]+)\] )?`

var (
	curlTrace = mustMatch(curlStamp + `(==|<=|=>) (Info: |Recv header, |Send header, |Recv data, |Send data, |Recv SSL data, |Send SSL data, )(.*)$`)
	curlBytes = mustMatch(`^(\d+) bytes \(0x[0-9a-f]+\)`)
	curlDump  = mustMatch(`^([0-9a-f]{4,}): `)
	curlSays  = mustMatch(curlStamp + `([*<>{}]) (.*)$`)
	curlInfo  = mustMatch(`^ *(?:Trying [0-9a-fA-F.:\[\]]+\.\.\.|Connected to |Host \S+ was resolved|IPv[46]: |Connection #\d+ to host|SSL connection using )`)
	curlConn  = mustMatch(`^(?:Connected to \S+ \(([0-9a-fA-F.:]+)\) port (\d+)(?: \(#(\d+)\))?|Established connection to \S+ \(([0-9a-fA-F.:]+) port (\d+)\))`)
	curlGiven = mustMatch(`^Written (\d+) bytes, \d+ bytes are left for transfer`)
	curlEnd   = mustMatch(`^(?:Closing connection|closing connection|shutting down connection)(?: #?(\d+))?`)
	// curlBar is the progress that curl writes to the same terminal, without a line end.
	curlBar = mustMatch(`^(?:\r|DL% |.*\r|\s*\d*[ -]).*(?:--:--:--|\d+:\d\d:\d\d|\d+d \d\dh) [ \d.kMGTP]{5} *`)
)

// curlTraced is curl --trace and --trace-ascii.
func curlTraced() Format {
	return Format{
		Name: "curl --trace", Program: "curl (--trace)",
		How:     "curl --trace FILE --trace-time …",
		Missing: "the day, the LOGOUT; times without --trace-time; with --trace-ascii, bytes that are not printable (shown as dots)",
		is:      func(l []byte, _ Protocol) bool { return curlTrace.Match(l) },
		new:     func(b *book) parser { return &curlTracer{curl: newCurl(b)} },
	}
}

// curlVerbose is curl -v.
func curlVerbose() Format {
	return Format{
		Name: "curl -v", Program: "curl (-v)",
		How:     "curl -v --trace-time …",
		Missing: "literals, the day, the LOGOUT; times without --trace-time",
		is: func(l []byte, _ Protocol) bool {
			m := curlSays.FindSubmatch(l)
			return m != nil && m[3][0] == '*' && curlInfo.Match(m[4])
		},
		new: func(b *book) parser { return &curlTalker{newCurl(b)} },
	}
}

// curl is what the forms of curl's logs have in common.
type curl struct {
	b     *book
	route router // where there are no numbers of connections: curl's tags begin with a letter for each
	clock dayless
	timed bool
	begun bool
}

func newCurl(b *book) curl { return curl{b: b, route: router{b: b}} }

// stamp takes the time and the connection's number of a line.
func (c *curl) stamp(at []byte) {
	if t, ok := clockTime(at); ok {
		c.timed = true
		c.b.at(c.clock.at(t))
	}
	if !c.begun {
		c.begun = true
		c.b.notes = append(c.b.notes, map[bool]string{true: noteNoDate, false: noteNoTimes}[c.timed])
	}
}

// info takes a line about the connection of that key.
func (c *curl) info(key string, text []byte) error {
	if m := curlConn.FindSubmatch(text); m != nil {
		return c.connected(key, m)
	}
	s := c.about(key, text)
	if s == nil {
		return nil
	}
	if err := c.route.flush(); err != nil {
		return err
	}
	if m := curlGiven.FindSubmatch(text); m != nil { // they came along with the announcement
		n, _ := strconv.ParseInt(string(m[1]), 10, 64)
		return s.gap(capture.ServerToClient, min(n, s.frames.Left(capture.ServerToClient)))
	}
	if curlEnd.Match(text) {
		return s.close(capture.EndOfCapture) // LOGOUT is not logged
	}
	return nil
}

// end reports what waits.
func (c *curl) end() error { return c.route.flush() }

// connected begins a session. Without numbers of connections, others may go on beside it.
func (c *curl) connected(key string, m [][]byte) error {
	if err := c.route.flush(); err != nil {
		return err
	}
	c.b.to(slices.Concat(m[1], m[4]), slices.Concat(m[2], m[5]))
	if key == "" {
		if old := c.numbered(m[3]); old != nil { // of an earlier run of curl
			if err := old.close(capture.EndOfCapture); err != nil {
				return err
			}
		}
		_, err := c.b.another()
		return err
	}
	if err := c.b.restart(key); err != nil {
		return err
	}
	_, err := c.b.session(key)
	return err
}

// about returns the session that a line is about: "Closing connection 2" has its number, which
// is also the letter of the tags; nil if there is none.
func (c *curl) about(key string, text []byte) *session {
	if key != "" {
		return c.b.sessions[short(key)]
	}
	if m := curlEnd.FindSubmatch(text); m != nil {
		if s := c.numbered(m[1]); s != nil {
			return s
		}
	}
	return c.b.last
}

// numbered returns the session of curl's connection of that number; nil if there is none.
func (c *curl) numbered(n []byte) *session {
	if len(n) == 0 {
		return nil
	}
	for _, s := range c.b.all() {
		if len(s.tag) > 0 && s.tag[0] == byte('A'+number(n)%26) {
			return s
		}
	}
	return nil
}

// say reports a line of the protocol.
func (c *curl) say(key string, dir capture.Direction, text []byte) error {
	if key == "" {
		_, err := c.route.say(dir, text)
		return err
	}
	s, err := c.b.session(key)
	if err != nil {
		return err
	}
	return s.line(dir, text)
}

// curlTracer reads what --trace and --trace-ascii write.
type curlTracer struct {
	curl
	s     *session // of the bytes that are dumped; nil: they are not the protocol's
	dir   capture.Direction
	size  int64 // of what is dumped
	at    int64 // bytes of it so far
	ascii bool  // some line was not hexadecimal
}

func (p *curlTracer) line(l line) error {
	m := curlTrace.FindSubmatch(l.text)
	if m == nil {
		return p.dump(bytes.TrimRight(l.text, "\r"))
	}
	if err := p.end(); err != nil {
		return err
	}
	p.stamp(m[1])
	key, what := string(m[2]), m[4]
	if m[3][0] == '=' && m[3][1] == '=' {
		return p.info(key, bytes.TrimRight(m[5], "\r"))
	}
	size := curlBytes.FindSubmatch(m[5])
	if size == nil || bytes.Contains(what, []byte("SSL")) {
		return nil
	}
	var err error
	if p.s, err = p.of(key); err != nil {
		return err
	}
	p.dir = capture.ServerToClient
	if m[3][0] == '=' {
		p.dir = capture.ClientToServer
	}
	p.size, _ = strconv.ParseInt(string(size[1]), 10, 64)
	p.at = 0
	if p.dir == capture.ServerToClient && bytes.Contains(what, []byte("header")) {
		return p.s.missing(p.dir) // a literal that came along with its announcement is not traced
	}
	return nil
}

// of returns the session of a dump; without numbers of connections it is the one used last.
func (p *curlTracer) of(key string) (*session, error) {
	if key == "" {
		return p.b.current()
	}
	return p.b.session(key)
}

// dump takes a line of a dump: "0010: 20 49 …" or "0010: text".
func (p *curlTracer) dump(text []byte) error {
	m := curlDump.FindSubmatch(text)
	if m == nil || p.s == nil {
		return nil
	}
	off, err := strconv.ParseInt(string(m[1]), 16, 64)
	if err != nil || off < p.at || off >= p.size {
		return nil
	}
	if err := p.upTo(off); err != nil {
		return err
	}
	text = text[len(m[0]):]
	data, ok := curlHex(text)
	if !ok {
		data = text
		if bytes.IndexByte(text, '.') >= 0 && !p.ascii {
			p.ascii = true
			if err := p.s.once(noteLossy); err != nil {
				return err
			}
		}
	}
	data = data[:min(int64(len(data)), p.size-p.at)]
	p.at += int64(len(data))
	return p.s.data(p.dir, data)
}

// upTo reports what lies before off: --trace-ascii leaves out a line end, and ends the line.
func (p *curlTracer) upTo(off int64) error {
	missing := off - p.at
	p.at = off
	if missing == int64(len(crlf)) {
		return p.s.data(p.dir, crlf)
	}
	return p.s.gap(p.dir, missing)
}

// end reports what the dump before lacks.
func (p *curlTracer) end() error {
	s := p.s
	if s == nil {
		return nil
	}
	err := p.upTo(p.size)
	p.s = nil
	return err
}

// curlHex returns the bytes of "20 49 4d  IM": at most 16.
func curlHex(text []byte) ([]byte, bool) {
	const columns = 16 * 3
	if len(text) < columns || text[2] != ' ' {
		return nil, false
	}
	digits := bytes.ReplaceAll(bytes.TrimRight(text[:columns], " "), []byte(" "), nil)
	out := make([]byte, hex.DecodedLen(len(digits)))
	_, err := hex.Decode(out, digits)
	return out, err == nil && len(out) > 0
}

// curlTalker reads what -v writes. What curl downloads may lie between its lines, as it is.
type curlTalker struct{ curl }

func (p *curlTalker) line(l line) error {
	if at := curlBar.FindIndex(l.text); at != nil && !curlSays.Match(l.text) {
		l.text = l.text[at[1]:]
	}
	m := curlSays.FindSubmatch(l.text)
	if m == nil || p.timed && m[1] == nil {
		return p.glued(l)
	}
	key, text := string(m[2]), bytes.TrimRight(m[4], "\r")
	dir := capture.ClientToServer
	switch m[3][0] {
	case '*':
		p.stamp(m[1])
		return p.info(key, text)
	case '<':
		dir = capture.ServerToClient
	case '{', '}':
		return nil // "} [47 bytes data]": line knows how many are missing
	}
	if m[1] == nil && key == "" && !p.says(dir, text) {
		return nil // of a mail that curl wrote to the same terminal
	}
	p.stamp(m[1])
	return p.say(key, dir, text)
}

// says reports whether text can be what dir says now.
func (p *curlTalker) says(dir capture.Direction, text []byte) bool {
	if by, ok := p.b.protocol.Speaker(text); ok && by == dir {
		return true
	}
	s := p.b.last
	return s != nil && (s.frames.Open(dir) || dir == capture.ClientToServer && s.asked)
}

// curlGlued finds a line of curl's behind the last line of a message that has no line end.
var curlGlued = mustMatch(`\d\d:\d\d:\d\d\.\d{6} (?:\[\d+-[\dx]+\] )?[*<>{}] `)

func (p *curlTalker) glued(l line) error {
	at := curlGlued.FindIndex(l.text)
	if at == nil || at[0] == 0 {
		return nil
	}
	l.text = l.text[at[0]:]
	return p.line(l)
}
