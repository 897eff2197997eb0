package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"imapscope/proxy/proxytest"
)

// apiToken is the token of the tests.
const apiToken = "0123456789abcdef0123"

// startAPI starts a proxy with the API, and returns it with the addresses of the proxy, the API
// and the metrics.
func startAPI(t *testing.T, args ...string) (p *program, proxy, api, metrics string) {
	t.Helper()
	t.Setenv(tokenVariable, apiToken)
	proxy = freeAddr(t)
	p = start(t, read, read, append([]string{"proxy", "--upstream", answering(t), "--listen", proxy, "--api", "127.0.0.1:0", "--metrics", "127.0.0.1:0"}, args...)...)
	said := p.await(`(?s)metrics at http://.*Ctrl-C ends it`)
	api = regexp.MustCompile(`API at http://(\S+)`).FindStringSubmatch(said)[1]
	metrics = regexp.MustCompile(`metrics at http://(\S+)`).FindStringSubmatch(said)[1]
	return p, proxy, api, metrics
}

// helpCommands returns the curl commands of help/api.md, with continued lines joined.
func helpCommands(t *testing.T) (commands []string) {
	t.Helper()
	more := false
	for line := range strings.Lines(apiTopic(t)) {
		line, code := strings.CutPrefix(strings.TrimRight(line, "\n"), "    ")
		switch {
		case more:
			commands[len(commands)-1] += line
		case code && strings.HasPrefix(line, "curl "):
			commands = append(commands, line)
		default:
			continue
		}
		last := &commands[len(commands)-1]
		*last, more = strings.CutSuffix(*last, `\`)
	}
	return commands
}

// TestHelpAPIExamples runs each curl command of the topic, in order, against a proxy with a
// client whose NOOPs are held by them.
func TestHelpAPIExamples(t *testing.T) {
	curl := proxytest.Peer(t, "curl", "curl")
	p, proxy, api, figures := startAPI(t, "-q")
	commands := helpCommands(t)
	if len(commands) < 20 {
		t.Fatalf("only %d commands: %q", len(commands), commands)
	}
	seen := map[string]bool{}
	var c *apiClient
	hold := func() {
		c.send("a NOOP", "b NOOP", "c NOOP", "d NOOP")
		for n := 0; n < 4; {
			n = strings.Count(getAPI(t, api, "/waiting?wait=30s"), `"tag":`)
		}
	}
	for _, command := range commands {
		for _, m := range regexp.MustCompile(`\$API(/[a-z]+)`).FindAllStringSubmatch(command, -1) {
			seen[m[1]] = true
		}
		switch {
		case strings.Contains(command, "$API/connections"), strings.Contains(command, "/holding -d"):
			if c == nil || strings.Contains(command, "/holding") || strings.Contains(command, "/insert") {
				if c != nil {
					c.Close()
				}
				c = dialAPI(t, proxy)
			}
		case strings.Contains(command, "?wait="), strings.Contains(command, "/waiting/resume"):
			hold()
		}
		cmd := exec.Command("bash", "-c", `API=http://`+api+`; AUTH="Authorization: Bearer $IMAPSCOPE_API_TOKEN"; `+strings.Replace(command, "curl", curl, 1))
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v, %s", command, err, out)
		}
		if want := map[bool]string{true: `"text":`}[strings.Contains(command, "?wait=")]; !strings.Contains(string(out), want) {
			t.Errorf("%s: %s", command, out)
		}
	}
	for _, want := range []string{"a OK done", "c OK done", "* 9 EXISTS", "d NO [UNAVAILABLE] later", "a OK done", "d OK done"} {
		c.await(want)
	}
	for _, path := range []string{"/faults", "/reset", "/proxies", "/version", "/connections", "/holding", "/waiting"} {
		if !seen[path] {
			t.Errorf("no example of %s", path)
		}
	}
	c.Close()
	res, err := http.Get("http://" + figures)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(res.Body)
	res.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	for _, want := range []string{`imapscope_faults_total{fault="reset"} 0`, "imapscope_waiting_messages 0", "imapscope_changed_messages_total "} {
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("no %s in the metrics, %v", want, err)
		}
	}
	if strings.Contains(string(text), "imapscope_changed_messages_total 0\n") {
		t.Error("what was changed is not counted")
	}
	p.signal(os.Interrupt)
	if code := p.ends(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if strings.Contains(p.stderr(), apiToken) {
		t.Error("the token is on stderr")
	}
}

// getAPI returns what the API answers to a GET.
func getAPI(t *testing.T, api, path string) string {
	t.Helper()
	res, err := http.Get("http://:" + apiToken + "@" + api + path)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", path, res.Status, err)
	}
	return string(b)
}

// TestAPITokenIsPrintedOnce checks that a token is made if none is given, that it works, and is
// printed once.
func TestAPITokenIsPrintedOnce(t *testing.T) {
	t.Setenv(tokenVariable, "")
	p := start(t, read, read, "proxy", "-v", "--upstream", answering(t), "--listen", freeAddr(t), "--api", ":0")
	m := regexp.MustCompile(`API at (http://127\.0\.0\.1:\d+), token (\S+)`).FindStringSubmatch(p.await("(?s)API at.*Ctrl-C ends it"))
	for token, want := range map[string]int{m[2]: http.StatusOK, m[2] + "x": http.StatusUnauthorized, "": http.StatusUnauthorized} {
		q, err := http.NewRequest(http.MethodGet, m[1]+"/faults", nil)
		if err != nil {
			t.Fatal(err)
		}
		q.SetBasicAuth("", token)
		res, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("token %q: %d; want %d", token, res.StatusCode, want)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	p.signal(os.Interrupt)
	p.ends()
	if n := strings.Count(p.stderr(), m[2]); n != 1 {
		t.Errorf("the token was printed %d times", n)
	}
}

// TestAPIFlagErrors checks that the API is not opened to other machines, nor with a weak token.
func TestAPIFlagErrors(t *testing.T) {
	for _, x := range []struct{ api, token, want string }{
		{"0.0.0.0:0", apiToken, "the API is for this one"},
		{"127.0.0.1:0", "short", "needs 16 at least"},
		{"127.0.0.1:0", "0123456789 abcdef", "printable ASCII"},
		{"", apiToken, "--api-token goes with --api"},
	} {
		root := newRoot(&env{out: io.Discard, err: io.Discard})
		args := []string{"proxy", "--listen", "127.0.0.1:0", "--upstream", "127.0.0.1:1", "--api-token", x.token}
		if x.api != "" {
			args = append(args, "--api", x.api)
		}
		root.SetArgs(args)
		if err := root.ExecuteContext(t.Context()); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("--api %s --api-token %s: %v; want %q", x.api, x.token, err, x.want)
		}
	}
}

// apiClient is a client of the proxy.
type apiClient struct {
	net.Conn
	t     *testing.T
	lines *bufio.Scanner
}

func dialAPI(t *testing.T, addr string) *apiClient {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	a := &apiClient{Conn: c, t: t, lines: bufio.NewScanner(c)}
	a.await("* OK ready")
	return a
}

func (c *apiClient) send(lines ...string) {
	for _, line := range lines {
		fmt.Fprint(c, line+"\r\n")
	}
}

// await reads lines until one is as wanted.
func (c *apiClient) await(want string) {
	c.t.Helper()
	for c.lines.Scan() {
		if c.lines.Text() == want {
			return
		}
	}
	c.t.Fatalf("no line %q: %v", want, c.lines.Err())
}

// apiTopic returns the help topic.
func apiTopic(t *testing.T) string {
	t.Helper()
	text, ok := helpPages().Topic("api")
	if !ok {
		t.Fatal("no topic api")
	}
	return text
}
