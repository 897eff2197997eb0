package main_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// madeUp are rows of words that no protocol has: an ordinary command, one like IDLE,
// one with a secret that can be a literal, one that claims data of its own, and one
// that changes the state.
const madeUp = `
	{Name: "XMADE", Kind: Command, Dialect: Extension, Capability: "XMADE", Syntax: "mailbox", Ref: experimental,
		Plain: "Does what was made up for a test.", States: In(Selected), Args: []Arg{{Form: ArgString, Role: RoleMailbox}}},
	{Name: "XWAIT", Kind: Command, Dialect: Extension, Capability: "XMADE", Ref: experimental,
		Plain: "Waits as IDLE does.", States: In(Authenticated, Selected), Args: []Arg{}, Lines: IdleLines, Effect: Idles},
	{Name: "XPASS", Kind: Command, Dialect: Extension, Capability: "XMADE", Syntax: "user word", Ref: experimental,
		Plain: "Logs in as LOGIN does.", States: In(NotAuthenticated), Args: []Arg{{Form: ArgString, Role: RoleUserID}, {Form: ArgString, Role: RolePassword}}, Effect: LogsIn,
		Moves: []Move{{On: "OK", From: In(NotAuthenticated), To: Authenticated, Cite: experimental, Why: "it was made up so"}}},
	{Name: "XASK", Kind: Command, Dialect: Extension, Capability: "XMADE", Ref: experimental,
		Plain: "Asks for made-up facts.", States: In(Authenticated, Selected), Args: []Arg{}, Claims: []Claim{{"XFACTS", Always, 1}}},
	{Name: "XFACTS", Kind: Response, Dialect: Extension, Capability: "XMADE", Syntax: "value", Ref: experimental,
		Plain: "Made-up facts."},
	{Name: "XOPEN", Kind: Command, Dialect: Extension, Capability: "XMADE", Syntax: "mailbox", Ref: experimental,
		Plain: "Opens a mailbox as SELECT does.", States: In(Authenticated, Selected), Args: []Arg{{Form: ArgString, Role: RoleMailbox}}, Effect: Selects,
		Moves: []Move{{On: "OK", From: In(Authenticated, Selected), To: Selected, Cite: experimental, Why: "it was made up so"}}},
`

// secretWord must not be shown by anything.
const secretWord = "5esame-0pen"

// madeUpSession uses each of the rows; XMADE is given once where its row forbids it.
var madeUpSession = []string{
	"S: * OK ready",
	"C: a1 XPASS fred {11}", "S: + go on", "C: " + secretWord, "S: a1 OK welcome",
	"C: a2 XMADE early", "S: a2 NO not now",
	"C: a3 XOPEN work", "S: a3 OK open",
	"C: a4 XMADE {4}", "S: + go on", "C: late", "S: a4 OK done",
	"C: a5 NOOP", "C: a6 XASK", "S: * XFACTS some", "S: a5 OK nothing", "S: a6 OK asked",
	"C: a7 XWAIT", "S: + waiting", "C: DONE", "S: a7 OK waited",
	"C: a8 LOGOUT", "S: * BYE bye", "S: a8 OK bye",
}

// TestMadeUpRows builds the program with made-up rows, and looks at what it does with
// them by their rows alone.
func TestMadeUpRows(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the program")
	}
	x := madeUpProgram{t: t, exe: buildMadeUp(t), file: filepath.Join(t.TempDir(), "made-up.pcap")}
	if err := os.WriteFile(x.file, capturedSession(madeUpSession), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, step := range madeUpSteps {
		if fault := step.fault(x); fault != "" {
			t.Errorf("%s: %s", step.name, fault)
		}
	}
}

// madeUpSteps are what a row must bring about. A fault says what is missing.
var madeUpSteps = []struct {
	name  string
	fault func(x madeUpProgram) string
}{
	{"framed", func(x madeUpProgram) string {
		var got []string
		for _, o := range x.objects("transaction") {
			got = append(got, o.text("tag")+" "+o.text("command")+" "+o.text("status"))
		}
		return differ(strings.Join(got, ", "),
			"a1 XPASS OK, a2 XMADE NO, a3 XOPEN OK, a4 XMADE OK, a5 NOOP OK, a6 XASK OK, a7 XWAIT OK, a8 LOGOUT OK")
	}},
	{"data claimed", func(x madeUpProgram) string {
		for _, o := range x.objects("transaction") {
			data, _ := o["unsolicited"].(map[string]any)
			if _, has := data["XFACTS"]; has != (o.text("command") == "XASK") {
				return o.text("tag") + " has the wrong data"
			}
		}
		return ""
	}},
	{"parsed with roles, explained", func(x madeUpProgram) string {
		return lacks(x.run("explain", "A1 XMADE inbox"), "Does what was made up for a test.", "The user's main mailbox") +
			lacks(x.run("explain", "XMADE"), "Form: tag XMADE mailbox", "p. 62") +
			lacks(x.fails("explain", "A1 XMADE"), "expected a mailbox") +
			lacks(x.run("explain", "* XFACTS some"), "Made-up facts.")
	}},
	{"a tree with roles", func(x madeUpProgram) string {
		return differ(strings.Join(x.roles("a4"), ", "), "mailbox") +
			differ(strings.Join(x.roles("a1"), ", "), "userid, password") +
			differ(strings.Join(x.roles("a7"), ", "), "")
	}},
	{"explained with its states", func(x madeUpProgram) string {
		return lacks(x.run("explain", "XMADE"), "Permitted when selected.")
	}},
	{"filtered", func(x madeUpProgram) string {
		out := x.run("decode", "--filter", `command == "XMADE"`, x.file)
		return lacks(out, "a2", "a4") + has(out, "XOPEN")
	}},
	{"completed", func(x madeUpProgram) string {
		return lacks(x.run("__complete", "explain", "XM"), "XMADE")
	}},
	{"in help", func(x madeUpProgram) string {
		return lacks(x.run("help", "commands"), "XMADE tag XMADE mailbox Does what was made up", "XPASS (XMADE) tag XPASS user word")
	}},
	{"followed", func(x madeUpProgram) string {
		out := x.run("decode", "--filter", `user == "fred" && mailbox == "work"`, x.file)
		return lacks(out, "a4", "a6") + has(out, "a2")
	}},
	{"judged in the wrong state", func(x madeUpProgram) string {
		out := x.findings("C002")
		if len(out) != 1 || !strings.Contains(out[0], "XMADE") {
			return "C002: " + strings.Join(out, "; ")
		}
		return ""
	}},
	{"judged for its password", func(x madeUpProgram) string {
		out, _ := x.output("check", "--only", "C017", x.file)
		return lacks(out, "XPASS over a connection that is not encrypted")
	}},
	{"not judged otherwise", func(x madeUpProgram) string {
		out, _ := x.output("check", "--disable", "C002,C017", x.file)
		return lacks(out, "0 errors, 0 warnings, 0 notes")
	}},
	{"no secret on a screen", func(x madeUpProgram) string {
		fault := has(x.run("decode", x.file), secretWord) + has(x.run("decode", "-v", x.file), secretWord) +
			has(x.run("decode", "--format", "jsonl", x.file), secretWord) +
			has(x.run("decode", "--format", "tree", x.file), secretWord)
		page := filepath.Join(filepath.Dir(x.file), "page.html")
		x.run("report", x.file, "-o", page)
		b, err := os.ReadFile(page)
		if err != nil {
			return err.Error()
		}
		return fault + has(string(b), secretWord)
	}},
	{"masked in a copy", func(x madeUpProgram) string {
		to := filepath.Join(filepath.Dir(x.file), "masked.pcapng")
		os.Remove(to)
		x.run("redact", x.file, to)
		return has(x.run("decode", "--show-secrets", "-v", to), secretWord)
	}},
	{"replayed against a mock", func(x madeUpProgram) string { return x.replay() }},
}

// madeUpProgram is the program with the rows, and a capture of their use.
type madeUpProgram struct {
	t    *testing.T
	exe  string
	file string
}

// output runs the program and returns what it printed.
func (x madeUpProgram) output(args ...string) (string, error) {
	c := exec.Command(x.exe, args...)
	c.Env = append(os.Environ(), "COLUMNS=200", "NO_COLOR=1")
	out, err := c.CombinedOutput()
	return string(out), err
}

func (x madeUpProgram) run(args ...string) string {
	out, err := x.output(args...)
	if err != nil {
		return "FAILED: " + strings.Join(args, " ") + ": " + err.Error() + "\n" + out
	}
	return out
}

// fails runs what must fail.
func (x madeUpProgram) fails(args ...string) string {
	out, err := x.output(args...)
	if err == nil {
		return "DID NOT FAIL: " + strings.Join(args, " ")
	}
	return out
}

type object map[string]any

func (o object) text(key string) string {
	s, _ := o[key].(string)
	return s
}

// node is a node of a tree.
type node struct {
	Kind string `json:"kind"`
	Role string `json:"role"`
	Text string `json:"text"`
	Kids []node `json:"kids"`
}

// roles returns the roles in the tree of the request with a tag, in their order.
func (x madeUpProgram) roles(tag string) []string {
	for line := range strings.Lines(x.run("decode", "--format", "tree", x.file)) {
		var m struct {
			Kind string `json:"kind"`
			Tree node   `json:"tree"`
		}
		if json.Unmarshal([]byte(line), &m) == nil && m.Kind == "request" && len(m.Tree.Kids) > 0 && m.Tree.Kids[0].Text == tag {
			return m.Tree.roles()
		}
	}
	return []string{"no request " + tag}
}

func (n node) roles() []string {
	var list []string
	if n.Role != "" {
		return append(list, n.Role) // the parts of a literal have that of the whole
	}
	for _, k := range n.Kids {
		list = append(list, k.roles()...)
	}
	return list
}

// objects returns the JSON objects of a type.
func (x madeUpProgram) objects(kind string) []object {
	var list []object
	for line := range strings.Lines(x.run("decode", "--format", "jsonl", x.file)) {
		var o object
		if json.Unmarshal([]byte(line), &o) == nil && o.text("type") == kind {
			list = append(list, o)
		}
	}
	return list
}

// findings returns the lines that check says about a rule.
func (x madeUpProgram) findings(rule string) []string {
	out, _ := x.output("check", "--only", rule, "--format", "jsonl", x.file)
	var list []string
	for line := range strings.Lines(out) {
		if strings.Contains(line, rule) {
			list = append(list, strings.TrimSpace(line))
		}
	}
	return list
}

// replay plays the session against a mock of itself.
func (x madeUpProgram) replay() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err.Error()
	}
	addr := l.Addr().String()
	l.Close()
	server := exec.Command(x.exe, "mock", x.file, "--listen", addr, "--strict")
	if err := server.Start(); err != nil {
		return err.Error()
	}
	defer func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	}()
	for range 100 {
		c, err := net.DialTimeout("tcp", addr, time.Second)
		if err == nil {
			c.Close()
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	out, err := x.output("replay", x.file, "--to", addr)
	if err != nil {
		return err.Error() + ": " + out
	}
	return ""
}

func lacks(text string, wants ...string) string {
	var missing []string
	flat := strings.Join(strings.Fields(text), " ")
	for _, w := range wants {
		if !strings.Contains(flat, w) {
			missing = append(missing, w)
		}
	}
	if len(missing) == 0 {
		return ""
	}
	return "without " + strings.Join(missing, ", ") + ":\n" + text
}

func has(text, unwanted string) string {
	if strings.HasPrefix(text, "FAILED") || strings.Contains(text, unwanted) {
		return "with " + unwanted + ":\n" + text
	}
	return ""
}

func differ(got, want string) string {
	if got == want {
		return ""
	}
	return got + "; want " + want
}

// buildMadeUp builds the program with the rows added to a file of the table.
func buildMadeUp(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	source, err := filepath.Abs(filepath.Join("..", "..", "decode", "protocol", "rfc6851.go"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := bytes.Cut(b, []byte("[]Row{\n"))
	if !ok {
		t.Fatalf("%s has no rows", source)
	}
	changed := filepath.Join(dir, "rfc6851.go")
	text := string(head) + "[]Row{" + madeUp + string(rest)
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{source: changed}})
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{changed: text, filepath.Join(dir, "overlay.json"): string(overlay)} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	exe := filepath.Join(dir, "imapscope")
	out, err := exec.Command("go", "build", "-overlay", filepath.Join(dir, "overlay.json"), "-o", exe, ".").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return exe
}

// capturedSession is a capture file of a session, whose lines begin with the side
// that says them: raw IPv4 packets, the three of the handshake, then one for each line.
func capturedSession(lines []string) []byte {
	w := packetWriter{seq: [2]uint32{1000, 5000}}
	w.out = binary.LittleEndian.AppendUint32(w.out, 0xa1b2c3d4)
	for _, v := range []uint16{2, 4, 0, 0, 0, 0} {
		w.out = binary.LittleEndian.AppendUint16(w.out, v)
	}
	w.out = binary.LittleEndian.AppendUint32(w.out, 65535)
	w.out = binary.LittleEndian.AppendUint32(w.out, 101) // raw IP
	const fin, syn, psh, ack = 1, 2, 8, 16
	w.packet(0, syn, "")
	w.packet(1, syn|ack, "")
	w.packet(0, ack, "")
	for _, l := range lines {
		from := 0
		if strings.HasPrefix(l, "S") {
			from = 1
		}
		w.packet(from, psh|ack, l[3:]+"\r\n")
	}
	w.packet(1, fin|ack, "")
	w.packet(0, fin|ack, "")
	w.packet(1, ack, "")
	return w.out
}

// packetWriter writes the packets of one connection.
type packetWriter struct {
	out []byte
	seq [2]uint32 // of the client, of the server
	n   uint32
}

func (w *packetWriter) packet(from int, flags byte, payload string) {
	ports, hosts := [2]uint16{40000, 143}, [2][4]byte{{192, 0, 2, 1}, {192, 0, 2, 2}}
	tcp := binary.BigEndian.AppendUint16(nil, ports[from])
	tcp = binary.BigEndian.AppendUint16(tcp, ports[1-from])
	tcp = binary.BigEndian.AppendUint32(tcp, w.seq[from])
	var acked uint32
	if flags&16 != 0 {
		acked = w.seq[1-from]
	}
	tcp = binary.BigEndian.AppendUint32(tcp, acked)
	tcp = append(tcp, 5<<4, flags, 0xff, 0xff, 0, 0, 0, 0)
	tcp = append(tcp, payload...)
	pseudo := append(append([]byte{}, hosts[from][:]...), hosts[1-from][:]...)
	pseudo = append(pseudo, 0, 6, byte(len(tcp)>>8), byte(len(tcp)))
	binary.BigEndian.PutUint16(tcp[16:], checksum(append(pseudo, tcp...)))
	ip := []byte{0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 6, 0, 0}
	ip = append(append(ip, hosts[from][:]...), hosts[1-from][:]...)
	binary.BigEndian.PutUint16(ip[2:], uint16(len(ip)+len(tcp)))
	binary.BigEndian.PutUint16(ip[10:], checksum(ip))
	w.n++
	size := uint32(len(ip) + len(tcp))
	for _, v := range []uint32{649425600, w.n * 1000, size, size} { // in 1990
		w.out = binary.LittleEndian.AppendUint32(w.out, v)
	}
	w.out = append(append(w.out, ip...), tcp...)
	w.seq[from] += uint32(len(payload))
	if flags&3 != 0 {
		w.seq[from]++
	}
}

// checksum is the Internet's (RFC 1071).
func checksum(b []byte) uint16 {
	var sum uint32
	for i := 0; i < len(b); i += 2 {
		v := uint32(b[i]) << 8
		if i+1 < len(b) {
			v |= uint32(b[i+1])
		}
		sum += v
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
