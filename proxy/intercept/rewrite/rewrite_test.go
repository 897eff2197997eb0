package rewrite_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"

	"imapscope/capture"
	"imapscope/capture/leaktest"
	"imapscope/proxy/intercept/intercepttest"
	"imapscope/proxy/intercept/rewrite"
)

// A transcript is what passed a proxy that rewrites.
type transcript struct {
	saw    string   // by the client
	asked  string   // of the server
	log    string   // of the proxy
	notes  []string // in the stream of facts
	server sync.WaitGroup
	mu     sync.Mutex
}

// Event implements capture.Sink.
func (x *transcript) Event(e *capture.Event) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if e.Kind == capture.Note && strings.HasPrefix(e.Text, rewrite.Failed) {
		x.notes = append(x.notes, e.Text)
	}
	return nil
}

// Write implements io.Writer, for the log.
func (x *transcript) Write(b []byte) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.log += string(b)
	return len(b), nil
}

// server plays a server with one mailbox, and keeps what it is asked.
func (x *transcript) play(c net.Conn) {
	defer x.server.Done()
	fmt.Fprint(c, "* OK [CAPABILITY IMAP4rev1 IDLE] ready\r\n")
	r := bufio.NewReader(c)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		tag, command, _ := strings.Cut(strings.TrimSpace(line), " ")
		x.asked += line
		for strings.HasSuffix(line, "}\r\n") {
			var n int
			fmt.Sscanf(line[strings.LastIndex(line, "{"):], "{%d}", &n)
			fmt.Fprint(c, "+ go on\r\n")
			rest := make([]byte, n)
			io.ReadFull(r, rest)
			line, _ = r.ReadString('\n')
			x.asked += string(rest) + line
		}
		switch word, _, _ := strings.Cut(command, " "); word {
		case "CAPABILITY":
			fmt.Fprint(c, "* CAPABILITY IMAP4rev1 IDLE\r\n")
		case "LIST":
			fmt.Fprint(c, "* LIST () \"/\" INBOX\r\n* LIST (\\Noselect) \"/\" \"Secret\"\r\n* LIST () \"/\" {4}\r\na\"\xffb\r\n")
		case "FETCH":
			fmt.Fprint(c, "* 1 FETCH (FLAGS () ENVELOPE (NIL \"s\" ((NIL NIL \"a\" \"h\")(NIL NIL \"b\" \"h\")) NIL NIL NIL NIL NIL NIL NIL) BODY[HEADER.FIELDS (TO)] {5}\r\n12\r\n4)\r\n")
		}
		fmt.Fprintf(c, "%s OK done\r\n", tag)
	}
}

// pass sends text through a proxy with a program; what follows a NUL, once what precedes it is answered.
func pass(t testing.TB, program, send string) *transcript {
	t.Helper()
	p, err := rewrite.Load("p.star", strings.NewReader(program))
	if err != nil {
		t.Fatal(err)
	}
	x := new(transcript)
	x.server.Add(1)
	stage := &rewrite.Stage{Programs: []*rewrite.Program{p}, Log: slog.New(slog.NewTextHandler(x, nil))}
	c := intercepttest.Start(t, x.play, x, stage).Dial()
	r := bufio.NewReader(c)
	parts := strings.Split(send, "\x00")
	for i, part := range parts {
		io.WriteString(c, part)
		if i == len(parts)-1 {
			break
		}
		tag, _, _ := strings.Cut(part, " ")
		for line := ""; !strings.HasPrefix(line, tag+" "); x.saw += line {
			var err error
			if line, err = r.ReadString('\n'); err != nil {
				t.Fatal(err)
			}
		}
	}
	c.CloseWrite()
	saw, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	x.server.Wait()
	x.mu.Lock()
	defer x.mu.Unlock()
	x.saw += string(saw)
	return x
}

const hello = "* OK [CAPABILITY IMAP4rev1 IDLE] ready\r\n"

const (
	fetched = "* 1 FETCH (FLAGS () ENVELOPE (NIL \"s\" ((NIL NIL \"a\" \"h\")(NIL NIL \"b\" \"h\")) NIL NIL NIL NIL NIL NIL NIL) BODY[HEADER.FIELDS (TO)] {5}\r\n12\r\n4)\r\n"
	listed  = "* LIST () \"/\" INBOX\r\n* LIST (\\Noselect) \"/\" \"Secret\"\r\n* LIST () \"/\" {4}\r\na\"\xffb\r\n"
)

func TestRules(t *testing.T) {
	leaktest.Check(t)
	for _, c := range []struct{ name, program, send, saw, asked string }{
		{"hide", `
def hide(msg):
    if text(msg.args[2]) == "Secret":
        return drop()
on_response('kind == "LIST"', hide)
`, "a LIST \"\" *\r\n", hello + strings.Replace(listed, "* LIST (\\Noselect) \"/\" \"Secret\"\r\n", "", 1) + "a OK done\r\n", "a LIST \"\" *\r\n"},
		{"capability", `
def offer(msg):
    where = msg.code if msg.is_status else msg.args
    if where:
        where.append(atom("XNEW"))
    return msg
on_response('kind == "CAPABILITY" or kind == "OK" and tag == "*"', offer)
`, "a CAPABILITY\r\n", "* OK [CAPABILITY IMAP4rev1 IDLE XNEW] ready\r\n* CAPABILITY IMAP4rev1 IDLE XNEW\r\na OK done\r\n", "a CAPABILITY\r\n"},
		{"cache", `
def noop(msg):
    n = state.get("n", 0) + 1
    state["n"] = n
    if n > 1:
        return answer(text="cached %d" % n, data=[data("EXISTS", number=7)])
on_request('command == "NOOP"', noop)
`, "a NOOP\r\n\x00b NOOP\r\n\x00c CHECK\r\n", hello + "a OK done\r\n* 7 EXISTS\r\nb OK cached 2\r\nc OK done\r\n", "a NOOP\r\nc CHECK\r\n"},
		{"translate", `
def find(msg):
    return request(msg.tag, "LIST", ["", msg.args[1]])
def mailbox(msg):
    if msg.command == "FIND" and msg.answers == "a":
        return data("MAILBOX", [msg.args[2]])
on_request('command == "FIND"', find)
on_response('kind == "LIST"', mailbox)
`, "a FIND MAILBOXES *\r\n", hello + "* MAILBOX INBOX\r\n* MAILBOX \"Secret\"\r\n* MAILBOX {4}\r\na\"\xffb\r\na OK done\r\n", "a LIST \"\" *\r\n"},
		{"the rest of a message stays as it came", `
def seen(msg):
    msg.args[0][1].append(atom("\\Seen"))
    return msg
on_response('kind == "FETCH"', seen)
`, "a FETCH 1 FULL\r\n", hello + strings.Replace(fetched, "FLAGS ()", "FLAGS (\\Seen)", 1) + "a OK done\r\n", "a FETCH 1 FULL\r\n"},
		{"a list within a changed one keeps its form", `
def name(msg):
    msg.args[0][3][2][0][0] = "n"
    return msg
on_response('kind == "FETCH"', name)
`, "a FETCH 1 FULL\r\n", hello + strings.Replace(fetched, `(NIL NIL "a"`, `("n" NIL "a"`, 1) + "a OK done\r\n", "a FETCH 1 FULL\r\n"},
		{"a literal of a rule's own waits for the server", `
def login(msg):
    msg.args[1] = 'p"w'
    return msg
on_request('command == "LOGIN"', login)
`, "a LOGIN u p\r\nb NOOP\r\n", hello + "a OK done\r\nb OK done\r\n", "a LOGIN u {3}\r\np\"w\r\nb NOOP\r\n"},
		{"more than one request", `
def two(msg):
    return [request("x1", "CHECK"), request(msg.tag, "NOOP", [literal("l")])]
def own(msg):
    return drop()
on_request('command == "NOOP"', two)
on_response('tag == "x1"', own)
`, "a NOOP\r\n", hello + "a OK done\r\n", "x1 CHECK\r\na NOOP {1}\r\nl\r\n"},
		{"a request on a response", `
def again(msg):
    if msg.tag == "x1":
        return status("OK", "made of two", tag="a")
    return request("x1", "NOOP")
on_response('kind == "OK" and tag != "*"', again)
`, "a CHECK\r\n\x00", hello + "a OK made of two\r\n", "a CHECK\r\nx1 NOOP\r\n"},
		{"rules in order", `
def one(msg):
    msg.args.append("1")
    return msg
def two(msg):
    msg.args.append(len(msg.args))
    return msg
on_request('command == "X"', one)
on_request('command == "X"', two)
`, "a X\r\n", hello + "a OK done\r\n", "a X \"1\" 1\r\n"},
		{"a message that is changed and not returned passes as it came", `
def no(msg):
    msg.args.append("1")
on_request('command == "X"', no)
`, "a X  y\r\n", hello + "a OK done\r\n", "a X  y\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := pass(t, c.program, c.send)
			if x.saw != c.saw || x.asked != c.asked {
				t.Errorf("the client saw\n%q\nwant\n%q\nthe server was asked\n%q\nwant\n%q\n%s", x.saw, c.saw, x.asked, c.asked, x.log)
			}
			if x.log != "" {
				t.Error(x.log)
			}
		})
	}
}

// TestFailuresPassUnchanged checks that no failure of a rule stops the traffic: it goes on as it
// is, and that the log says so once, and a note once for each connection.
func TestFailuresPassUnchanged(t *testing.T) {
	leaktest.Check(t)
	for want, body := range map[string]string{
		"list index 9 out of range":         `return msg.args[9]`,
		"it returned a int":                 `return 7`,
		"it returned a list with a string":  `return ["x"]`,
		"more than 2000000 steps":           "for i in range(1000000):\n        for j in range(1000000):\n            pass",
		"more than 32 MiB of memory":        "s = 'x'\n    for i in range(100):\n        s = s + s\n    msg.args = [s]\n    return msg",
		"32 MiB of memory":                  `msg.args = ["x" * 2000000000]` + "\n    return msg",
		"bytes, MiB of memory":              "l = [1]\n    for i in range(100):\n        l = [l, l]\n    msg.args = [str(l)]\n    return msg",
		"range: more than":                  `msg.args = list(range(1000000000))`,
		"called recursively":                `return broken(msg)`,
		"longer than the limit":             `msg.args = ["x" * 5000000]` + "\n    return msg",
		"nested more than":                  "l = []\n    l.append(l)\n    msg.args.append(l)\n    return msg",
		"it would not be one whole message": `msg.args = [atom("{5}")]` + "\n    return msg",
		"it would be read differently":      `msg.args = [atom("a b")]` + "\n    return msg",
		"has no tree":                       `msg.args = [atom("(")]` + "\n    return msg",
		"differently":                       `msg.args = ["x", atom('"')]` + "\n    return msg",
		"must be one line":                  `msg.tag = "a\r\nb"` + "\n    return msg",
		"one whole message":                 `msg.args = [atom("a\r\nb NOOP")]` + "\n    return msg",
		"no message can have":               `msg.args = [{}]` + "\n    return msg",
		"a string, not a NoneType":          `msg.tag = None` + "\n    return msg",
		"rules are added at the top level":  `on_request("x", broken)`,
		"undefined: 1 is none":              `fail("undefined: 1 is none")`,
		"frozen":                            "state['l'] = [1]\n    state['l'].append(2)",
		"cannot be kept":                    `state["m"] = msg`,
		"a state holds 4 MiB":               `state["m"] = "x" * (5 << 20)`,
		"more than 32 MiB":                  "l = list(range(100000))\n    for i in range(100):\n        state[str(i)] = len(l[:])",
		"an atom is made of":                `msg.args = [atom("x"), atom("")]`,
		"than 32 MiB of":                    `x = ",".join(["x" * 1000000] * 1000)`,
		"MiB of memory\"":                   `x = ("x" * 10000).replace("x", "y" * 100000)`,
		"of memory\"":                       `x = "%s%s" % ("x" * 30000000, "x" * 30000000)`,
		"than 32 MiB of memory\"":           `x = "{0}{0}{0}{0}".format("x" * 9000000)`,
		"memory\"":                          "l = [0] * 1000000\n    k = [l * 1 for i in range(1000)]",
		"more than 32 MiB of memory\"":      "x = 1\n    for i in range(100):\n        x *= x + 1",
		"atoms have no order: atom < atom":  `x = atom("a") < atom("b")`,
		"a response has no field answers":   "msg = data('X')\n    msg.answers = 1",
		"code is a list":                    "msg = status('OK', 'x', code='Y')",
		"must be one line\"":                "return answer(text='a\\r\\nb')",
		"it has no tag or no name":          "return request('', '')",
		"answer: unexpected keyword":        "return answer(nothing=1)",
		"differently: \\\"a OK [x":          "return answer(text='[x] y')",
	} {
		t.Run(want, func(t *testing.T) {
			program := "def broken(msg):\n    " + body + "\non_request('command == \"X\"', broken)\n"
			x := pass(t, program, "a X y {3}\r\n1\n3 z\r\nb X\r\nc NOOP\r\n")
			if !strings.HasPrefix(x.asked, "a X y {3}\r\n1\n3 z\r\nb X\r\nc NOOP\r\n") || !strings.HasSuffix(x.saw, "c OK done\r\n") {
				t.Errorf("the server was asked\n%q\nthe client saw\n%q", x.asked, x.saw)
			}
			slow := (strings.Contains(want, "MiB") || strings.Contains(want, "memory") || strings.Contains(want, "steps")) && strings.Contains(x.log, "more than 1s") // on a busy machine
			if !slow && !strings.Contains(x.log, strings.TrimPrefix(want, "bytes, ")) || strings.Count(x.log, "\n") != 1 {
				t.Errorf("the log is %q; want %q", x.log, want)
			}
			if len(x.notes) != 1 || !strings.HasPrefix(x.notes[0], rewrite.Failed+"p.star, broken: ") {
				t.Errorf("notes %q", x.notes)
			}
		})
	}
}

func TestLoadErrors(t *testing.T) {
	leaktest.Check(t)
	for program, want := range map[string]string{
		"def f(:\n":                       "p.star:1:8: got ':'",
		"x = y\n":                         "p.star:1:5: undefined: y",
		"\n\nx = 1 + None\n":              "p.star:3:7: unknown binary op",
		"x = [].foo\n":                    "p.star:1:7: list has no .foo",
		"load('a.star', 'b')\n":           "p.star:1:1: load is not available",
		"x = 1\n":                         "p.star: no rules",
		"on_request('x ==', print)\n":     "p.star:1:11: ",
		"on_request('uid == 7', print)\n": "p.star:1:11: the condition",
		"on_request('x')\n":               "p.star:1:11: on_request: got 1 arguments",
		"x = [2 for i in range(1 << 19) for j in [1, 2, 3, 4, 5]]\n": "more than 2000000 steps",
		"f()[0] += 1\n":                                 "p.star:1:8: += needs a name",
		"while True:\n    pass\n":                       "p.star:1:1: ",
		strings.Repeat("#", rewrite.MaxSource+1):        "p.star: longer than",
		strings.Repeat("on_request('x', print)\n", 201): "more than 200 rules",
		"x = " + strings.Repeat("[", 200000):            "p.star:1:",
	} {
		_, err := rewrite.Load("p.star", strings.NewReader(program))
		if strings.Contains(want, "steps") && err != nil && strings.Contains(err.Error(), "more than 1s") {
			continue // on a busy machine
		}
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.40q: %v; want %q", program, err, want)
		}
	}
	if _, err := rewrite.Open("/nonexistent/x.star"); err == nil {
		t.Error("a file that is not there was read")
	}
}

// TestSecretsAreMasked checks that a program cannot show a password by mistake.
func TestSecretsAreMasked(t *testing.T) {
	leaktest.Check(t)
	x := pass(t, `
def show(msg):
    print("got", msg.args[1], msg)
    fail("not", msg.args[1])
on_request('command == "LOGIN"', show)
`, "a LOGIN u opensesame\r\n")
	all := x.log + fmt.Sprint(x.notes)
	if strings.Contains(all, "opensesame") || !strings.Contains(all, "********") || !strings.Contains(all, "got") {
		t.Error(all)
	}
}

// TestConnectionsShareAStore checks that connections share a store, one at a time or many at once.
func TestConnectionsShareAStore(t *testing.T) {
	leaktest.Check(t)
	p, err := rewrite.Load("p.star", strings.NewReader(`
def count(msg):
    k = text(msg.args[0])
    shared[k] = shared.get(k, 0) + 1
    state["n"] = state.get("n", 0) + 1
    return answer(text="%s %d %d" % (k, shared[k], state["n"]))
on_request('command == "COUNT"', count)
`))
	if err != nil {
		t.Fatal(err)
	}
	rig := intercepttest.Start(t, intercepttest.Answers, nil, &rewrite.Stage{Programs: []*rewrite.Program{p}})
	var all sync.WaitGroup
	for i := range 8 {
		c := rig.Dial()
		all.Go(func() {
			for range 50 {
				fmt.Fprintf(c, "a COUNT k%d\r\n", i)
			}
			c.CloseWrite()
			b, err := io.ReadAll(c)
			if want := fmt.Sprintf("a OK k%d 50 50\r\n", i); err != nil || !bytes.Contains(b, []byte(want)) {
				t.Errorf("%v, ...%q; want %q", err, b[max(0, len(b)-40):], want)
			}
		})
	}
	all.Wait()
}
