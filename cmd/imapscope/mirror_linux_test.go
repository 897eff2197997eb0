package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"regexp"
	"strings"
	"testing"

	"imapscope/proxy/proxytest"
)

// answers runs a server that answers each line of a client with what answer returns, until the test
// ends.
func answers(t *testing.T, answer func(tag, line string) string) string {
	t.Helper()
	return proxytest.Serve(t, func(c net.Conn) {
		fmt.Fprint(c, "* OK ready\r\n")
		for in := bufio.NewScanner(c); in.Scan(); {
			tag, line, _ := strings.Cut(in.Text(), " ")
			fmt.Fprint(c, answer(tag, line))
		}
	})
}

// TestMirrorShowsNoSecret checks that what a second server sends is inert on a terminal, and that
// a password it repeats is masked; and that the figures count.
func TestMirrorShowsNoSecret(t *testing.T) {
	password := "correcthorse"
	first := answers(t, func(tag, line string) string { return tag + " OK done\r\n" })
	second := answers(t, func(tag, line string) string {
		if strings.HasPrefix(line, "LOGIN") {
			return tag + " OK welcome " + password + "\r\n"
		}
		return "* NO \x1b]0;title\x07\r\n* XDATA \x1b[31m" + password + "\r\n" + tag + " OK \x1b[2J\r\n"
	})
	for _, format := range []string{"text", "jsonl"} {
		t.Run(format, func(t *testing.T) {
			p := startProxy(t, "--upstream", first, "--mirror", second, "--strict", "text", "--format", format, "--metrics", "127.0.0.1:0")
			figures := regexp.MustCompile(`metrics at http://(\S+)`).FindStringSubmatch(p.Err.String())[1]
			c, err := net.Dial("tcp", p.addr)
			if err != nil {
				t.Fatal(err)
			}
			in := bufio.NewScanner(c)
			for i, line := range []string{"", "LOGIN fred " + password, "CAPABILITY", "XYZZY"} {
				if line != "" {
					fmt.Fprintf(c, "t%d %s\r\n", i, line)
				}
				if !in.Scan() {
					t.Fatal("the connection ended")
				}
			}
			c.Close()
			awaitFigures(t, figures, `imapscope_mirror_commands_total{result="different"} 2`+"\n")
			awaitFigures(t, figures, `imapscope_mirror_commands_total{result="skipped"} 1`+"\n")
			if err := p.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			if code := p.Wait(t); code != 1 {
				t.Errorf("exit code %d", code)
			}
			out := p.Out.String() + p.Err.String()
			if strings.Contains(out, password) || strings.ContainsAny(out, "\x1b\x07") {
				t.Errorf("%q", out)
			}
			if !strings.Contains(out, "welcome ********") || !strings.Contains(out, "XDATA") {
				t.Errorf("no difference in\n%s", out)
			}
		})
	}
}

// TestMirrorOfTheClientsLeg checks that what a client sent and saw is mirrored, once, where the proxy
// changes something.
func TestMirrorOfTheClientsLeg(t *testing.T) {
	mails := proxytest.Mails(2, 500)
	a, b := sampleServer(t, mails), sampleServer(t, mails)
	p := startProxy(t, "--upstream", a, "--mirror", b, "--format", "jsonl", "--fault", `status NO if command == "CHECK"`)
	c, err := net.Dial("tcp", p.addr)
	if err != nil {
		t.Fatal(err)
	}
	in := bufio.NewScanner(c)
	for i, line := range []string{"LOGIN fred secret", "SELECT INBOX", "CHECK", "FETCH 1:2 ALL", "LOGOUT"} {
		tag := fmt.Sprintf("t%d ", i)
		fmt.Fprint(c, tag, line, "\r\n")
		for in.Scan() && !strings.HasPrefix(in.Text(), tag) {
			continue
		}
	}
	c.Close()
	if err := p.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	code := p.Wait(t)
	differences, total := mirrorLines(t, p.Out.String())
	if code != 1 || total.Commands != 5 || total.Connections != 1 || len(differences) != 1 || differences[0].Path != "status" || differences[0].A != "NO" {
		t.Errorf("exit code %d, %+v, %+v", code, differences, total)
	}
}
