package proxy_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"imapscope/capture"
	"imapscope/proxy"
)

// The transparent modes are tried with real rules between network namespaces:
//
//	client ──veth── router (rules, proxy) ──veth── server
//	10.143.1.2    .1.1               .2.1          10.143.2.2   and fd14:3:1::/64, fd14:3:2::/64
const (
	client4, router4 = "10.143.1.2", "10.143.1.1"
	server4          = "10.143.2.2"
	client6, router6 = "fd14:3:1::2", "fd14:3:1::1"
	server6          = "fd14:3:2::2"
)

// spaces are the three namespaces, by their names.
type spaces struct{ client, router, server string }

// run runs a program and fails the test if it fails.
func run(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// need skips aloud, or fails where peers are required, when something is missing.
func need(t *testing.T, missing string) {
	t.Helper()
	if os.Getenv("IMAPSCOPE_REQUIRE_PEERS") == "1" {
		t.Fatalf("missing: %s", missing)
	}
	t.Skipf("SKIPPED: missing: %s", missing)
}

// spacesVar names the namespaces to the process that a test starts in the router.
const spacesVar = "IMAPSCOPE_TEST_SPACES"

// inRouter runs the calling test once more, in a process in the router's namespace:
// a proxy there dials and listens as anywhere. There, it returns true.
func inRouter(t *testing.T) (s spaces, there bool) {
	t.Helper()
	if v := strings.Split(os.Getenv(spacesVar), ","); len(v) == 3 {
		return spaces{v[0], v[1], v[2]}, true
	}
	s = newSpaces(t)
	cmd := exec.Command("ip", "netns", "exec", s.router, os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v", "-test.timeout=2m")
	cmd.Env = append(os.Environ(), spacesVar+"="+strings.Join([]string{s.client, s.router, s.server}, ","))
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil || !bytes.Contains(out, []byte("--- PASS: "+t.Name())) {
		t.Errorf("in the router: %v", err)
	}
	return s, false
}

// newSpaces makes the namespaces and the wires between them, and takes them away.
func newSpaces(t *testing.T) spaces {
	t.Helper()
	if os.Getuid() != 0 {
		need(t, "root, for network namespaces")
	}
	for program, pkg := range map[string]string{"ip": "iproute2", "iptables": "iptables", "nft": "nftables"} {
		if _, err := exec.LookPath(program); err != nil {
			need(t, fmt.Sprintf("%s (Debian package %s)", program, pkg))
		}
	}
	id := fmt.Sprintf("%d-%d", os.Getpid(), time.Now().UnixNano()%1e6)
	s := spaces{"imapscope-c-" + id, "imapscope-r-" + id, "imapscope-s-" + id}
	for _, ns := range []string{s.client, s.router, s.server} {
		if out, err := exec.Command("ip", "netns", "add", ns).CombinedOutput(); err != nil {
			need(t, fmt.Sprintf("the right to make network namespaces: %v: %s", err, out))
		}
		t.Cleanup(func() { run(t, "ip", "netns", "del", ns) })
		run(t, "ip", "-n", ns, "link", "set", "lo", "up")
	}
	wire := func(a, aName, a4, a6, b, bName, b4, b6 string) {
		run(t, "ip", "-n", a, "link", "add", aName, "type", "veth", "peer", "name", bName, "netns", b)
		for _, e := range [][4]string{{a, aName, a4, a6}, {b, bName, b4, b6}} {
			run(t, "ip", "-n", e[0], "addr", "add", e[2]+"/24", "dev", e[1])
			run(t, "ip", "-n", e[0], "addr", "add", e[3]+"/64", "dev", e[1], "nodad")
			run(t, "ip", "-n", e[0], "link", "set", e[1], "up")
		}
	}
	wire(s.client, "wire0", client4, client6, s.router, "toclient", router4, router6)
	wire(s.server, "wire0", server4, server6, s.router, "toserver", "10.143.2.1", "fd14:3:2::1")
	for ns, via := range map[string][2]string{s.client: {router4, router6}, s.server: {"10.143.2.1", "fd14:3:2::1"}} {
		run(t, "ip", "-n", ns, "route", "add", "default", "via", via[0])
		run(t, "ip", "-n", ns, "-6", "route", "add", "default", "via", via[1])
	}
	return s
}

// in runs a function in a namespace: what it opens stays there.
func in[T any](t *testing.T, ns string, f func() (T, error)) (T, error) {
	t.Helper()
	type result struct {
		v   T
		err error
	}
	done := make(chan result)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		fd, err := unix.Open("/var/run/netns/"+ns, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err == nil {
			err = unix.Setns(fd, unix.CLONE_NEWNET)
			unix.Close(fd)
		}
		var r result
		if r.err = err; err == nil {
			r.v, r.err = f()
		}
		done <- r
	}()
	r := <-done
	return r.v, r.err
}

// rules are commands that lead connections to the proxy, and what takes them away.
type rules struct {
	name       string
	set, unset []string
}

// helpRules are the rules of the help topic "transparent", ready to paste: by the heading of
// their section and the program that sets them. In a section, rules and what undoes them
// alternate; what "ip" does there is part of both.
func helpRules(t *testing.T, port string) map[string]rules {
	t.Helper()
	topic, err := os.ReadFile("../cmd/imapscope/help/transparent.md")
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]rules)
	for _, section := range strings.Split(string(topic), "\n## ")[1:] {
		title, text, _ := strings.Cut(section, "\n")
		var routes [2][]string // what ip sets, and undoes
		for i, block := range indented(strings.ReplaceAll(text, "1143", port)) {
			program := "iptables"
			if strings.HasPrefix(block[0], "nft ") {
				program = "nftables"
			}
			name := title + " with " + program
			r := all[name]
			r.name = name
			if i%2 == 0 {
				r.set = block
			} else {
				r.unset = block
			}
			for _, line := range block {
				if strings.HasPrefix(line, "ip ") {
					routes[i%2] = append(routes[i%2], line)
				}
			}
			if program == "nftables" && i%2 == 0 {
				r.set = append(slices.Clone(routes[0]), block...)
			} else if program == "nftables" {
				r.unset = append(slices.Clone(block), routes[1]...)
			}
			all[name] = r
		}
	}
	return all
}

// indented returns the blocks of indented lines, without commands of imapscope.
func indented(text string) [][]string {
	var blocks [][]string
	for _, paragraph := range strings.Split(text, "\n\n") {
		var block []string
		for _, line := range strings.Split(paragraph, "\n") {
			if rule, ok := strings.CutPrefix(line, "    "); ok && !strings.HasPrefix(rule, "imapscope ") {
				block = append(block, rule)
			}
		}
		if len(block) > 0 {
			blocks = append(blocks, block)
		}
	}
	return blocks
}

// inIPv6 is a rule for the other family, as the topic says it is made.
var inIPv6 = strings.NewReplacer("iptables", "ip6tables", "ip rule", "ip -6 rule", "ip route", "ip -6 route", "0.0.0.0/0", "::/0")

func (r rules) ipv6() rules {
	out := rules{name: r.name}
	for _, c := range r.set {
		out.set = append(out.set, inIPv6.Replace(c))
	}
	for _, c := range r.unset {
		out.unset = append(out.unset, inIPv6.Replace(c))
	}
	return out
}

// apply sets rules, and takes them away at the test's end.
func (r rules) apply(t *testing.T) {
	t.Helper()
	if len(r.set) == 0 {
		t.Fatal("the topic shows no such rules")
	}
	for _, rule := range r.set {
		run(t, "sh", "-c", rule)
	}
	t.Cleanup(func() {
		for _, rule := range r.unset {
			run(t, "sh", "-c", rule)
		}
	})
}

// leavesNothing checks at the test's end that no rule is left.
func leavesNothing(t *testing.T) {
	t.Cleanup(func() {
		for _, list := range []string{"iptables-save", "ip6tables-save", "nft list ruleset", "ip rule", "ip -6 rule"} {
			out, err := exec.Command("sh", "-c", list).CombinedOutput()
			if err != nil || bytes.Contains(out, []byte("143")) || bytes.Contains(out, []byte("imapscope")) {
				t.Errorf("after the undo, %s: %v\n%s", list, err, out)
			}
		}
	})
}

func TestTransparent(t *testing.T) {
	s, there := inRouter(t)
	if !there {
		return
	}
	families := []struct {
		name, client, server, router, any string
		six                               bool
	}{
		{"IPv4", client4, server4, router4, "0.0.0.0:0", false},
		{"IPv4, a listener for both", client4, server4, router4, "[::]:0", false},
		{"IPv6", client6, server6, router6, "[::]:0", true},
	}
	for _, name := range []string{"REDIRECT with iptables", "REDIRECT with nftables", "TPROXY with iptables", "TPROXY with nftables"} {
		tproxy := strings.HasPrefix(name, "TPROXY")
		for _, family := range families {
			t.Run(name+" "+family.name, func(t *testing.T) {
				sink := newSink()
				l, err := proxy.Listen(t.Context(), family.any, tproxy)
				if err != nil {
					t.Fatal(err)
				}
				r := serveOn(t, &proxy.Proxy{Target: proxy.Transparent, Sink: sink}, l)
				_, port, _ := net.SplitHostPort(r.addr)
				leavesNothing(t)
				rules := helpRules(t, port)[name]
				if family.six {
					rules = rules.ipv6()
				}
				rules.apply(t)
				converse(t, s, family.client, family.server, sink)

				// Straight to the proxy's port there is no original destination.
				c := s.dial(t, net.JoinHostPort(family.router, port))
				if all, err := io.ReadAll(c); err != nil || len(all) > 0 {
					t.Errorf("%q, %v", all, err)
				}
				if !strings.Contains(r.log.String(), "the client dialled the proxy's own address") {
					t.Errorf("log:\n%s", r.log)
				}
			})
		}
	}
}

// dial connects from the client's namespace.
func (s spaces) dial(t *testing.T, addr string) *net.TCPConn {
	t.Helper()
	c, err := in(t, s.client, func() (net.Conn, error) { return net.DialTimeout("tcp", addr, patience) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(patience))
	return c.(*net.TCPConn)
}

// converse lets a client in its namespace talk to a server in another one.
func converse(t *testing.T, s spaces, client, server string, sink *sink) {
	t.Helper()
	l, err := in(t, s.server, func() (net.Listener, error) { return net.Listen("tcp", net.JoinHostPort(server, "143")) })
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		io.WriteString(c, "* OK ready\r\n")
		io.Copy(c, c)
	}()
	c := s.dial(t, net.JoinHostPort(server, "143"))
	data := random(3, 1<<20)
	go func() { c.Write(data); c.CloseWrite() }()
	all, err := io.ReadAll(c)
	if err != nil || !bytes.Equal(all, append([]byte("* OK ready\r\n"), data...)) {
		t.Fatalf("%d octets, %v", len(all), err)
	}
	if end := sink.end(t); end.cause != capture.FIN {
		t.Errorf("ended by %v", end.cause)
	}
	conn := sink.conns[0]
	if conn.Client.String() != c.LocalAddr().String() || conn.Server.String() != net.JoinHostPort(server, "143") {
		t.Errorf("%+v", conn)
	}
	if data, lost := sink.octets(t, 1, capture.ClientToServer); lost+int64(len(data)) != 1<<20 {
		t.Errorf("%d octets and %d lost", len(data), lost)
	}
	if conn.Client.Addr().String() != client {
		t.Errorf("client is %s", conn.Client)
	}
}

// TestLoopThroughRedirect redirects the proxy's own connections back to it, and
// then excepts them by their mark.
func TestLoopThroughRedirect(t *testing.T) {
	s, there := inRouter(t)
	if !there {
		return
	}
	for _, tt := range []struct {
		name   string
		target proxy.Target
		mark   int
	}{
		{"transparent", proxy.Transparent, 0},
		{"fixed", proxy.Fixed(server4 + ":143"), 0},
		{"excepted by its mark", proxy.Transparent, 1430},
	} {
		t.Run(tt.name, func(t *testing.T) {
			sink := newSink()
			l, err := proxy.Listen(t.Context(), "0.0.0.0:0", false)
			if err != nil {
				t.Fatal(err)
			}
			r := serveOn(t, &proxy.Proxy{Target: tt.target, Sink: sink, Mark: tt.mark}, l)
			_, port, _ := net.SplitHostPort(r.addr)
			leavesNothing(t)
			all := helpRules(t, port)
			all["REDIRECT with iptables"].apply(t)
			all["This machine's own clients with iptables"].apply(t)
			if tt.mark != 0 {
				converse(t, s, client4, server4, sink)
				return
			}
			c := s.dial(t, server4+":143")
			if all, err := io.ReadAll(c); err != nil || len(all) > 0 {
				t.Errorf("%q, %v", all, err)
			}
			c.Close()
			eventually(t, "all refused", func() bool { st := r.Stats(); return st.Failed > 0 && st.Open == 0 })
			if st := r.Stats(); st.Total > 50 || !strings.Contains(r.log.String(), "came back; exclude the proxy's traffic") {
				t.Errorf("%+v, log:\n%s", st, r.log)
			}
		})
	}
}
