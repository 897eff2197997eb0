package main

import (
	"bufio"
	"fmt"
	"net"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"imapscope/proxy/proxytest"
)

// hostile are texts that do something to a terminal, or to one who reads it, if they
// reach it as they are.
var hostile = map[string]string{
	"title":       "\x1b]0;owned\x07",
	"title ST":    "\x1b]2;owned\x1b\\",
	"title C1":    "\x9d2;owned\x9c",
	"title C1 u8": "\u009d2;owned\u009c",
	"colour":      "\x1b[31;45;5mred",
	"colour C1":   "\x9b31;45mred",
	"clear":       "\x1b[2J\x1b[H",
	"alternate":   "\x1b[?1049h",
	"scroll":      "\x1b[5;6r\x1bM\x1bM",
	"hyperlink":   "\x1b]8;;http://evil.example/\x1b\\click\x1b]8;;\x1b\\",
	"clipboard":   "\x1b]52;c;b3duZWQ=\x07",
	"answerback":  "\x05\x1b[c\x1b[6n\x1b[21t\x1bP+q544e\x1b\\",
	"charset":     "\x0e\x1b(0lqqk",
	"backspace":   "\b\b\b\b\b\b\b\b\b\b\b\bnothing\x7f",
	"return":      "\rimapscope: all is well",
	"tab":         "\t\v\f",
	"nul":         "\x00",
	"noise":       "\x80\x8e\x8f\x90\xc0\xff\xfe\xf5",
	"tags":        `[red::b]tview[-::-]["region"]`,
	"bidi":        "\u202egnp.exe\u202c \u2066\u2067\u2069 \u200f\u061c",
	"invisible":   "a\u200bb\u00adc\ufeffd\u2060e\U000e0041f",
	"lines":       "a\u2028b\u2029c\u0085d",
}

// hostileServer says them where a server may say anything, and repeats what it was sent.
func hostileServer(t *testing.T) string {
	t.Helper()
	return serving(t, func(c *net.TCPConn) {
		var all strings.Builder
		for name, text := range hostile {
			fmt.Fprintf(&all, "* OK %s %s\r\n", name, text)
			fmt.Fprintf(&all, "* 1 FETCH (ENVELOPE (NIL \"%s\" ((\"%[1]s\" NIL \"%[1]s\" \"h\")) NIL NIL NIL NIL NIL NIL NIL))\r\n", strings.NewReplacer("\"", "", "\x00", "").Replace(text))
			fmt.Fprintf(&all, "* %s\r\n%[1]s\r\n* 1 FETCH (RFC822 {%d}\r\n%[1]s)\r\n", text, len(text))
		}
		fmt.Fprintf(c, "* OK %s\r\n", hostile["title"])
		for lines := bufio.NewReader(c); ; {
			line, err := lines.ReadString('\n')
			if err != nil {
				return
			}
			tag, _, _ := strings.Cut(line, " ")
			fmt.Fprintf(c, "%s%s NO %s\r\n", all.String(), tag, hostile["title"])
		}
	})
}

// provoke has a client say hostile things too, until the server has answered all.
func provoke(t *testing.T, addr string) {
	t.Helper()
	d := dial(t, addr)
	for name, text := range hostile {
		fmt.Fprintf(d, "a SELECT %s%s\r\n", name, strings.Map(func(r rune) rune {
			if r == '\n' {
				return -1
			}
			return r
		}, text))
	}
	fmt.Fprint(d, "last LOGOUT\r\n")
	for {
		line, err := d.r.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(line, "last NO") {
			break
		}
	}
	d.Close()
}

// TestPeersHostile: what is printed of them has no control but the line feed, nothing
// that turns or hides text, and is UTF-8.
func TestPeersHostile(t *testing.T) {
	for _, args := range [][]string{{"--format", "text"}, {"-v"}, {"-q", "--stats"}, {"--format", "jsonl"}} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			p := startProxy(t, append(args, "--upstream", hostileServer(t))...)
			provoke(t, p.addr)
			p.stop(t)
			out := p.Out.String()
			if !utf8.ValidString(out) || strings.Count(out, "SELECT") < len(hostile) {
				t.Errorf("not UTF-8, or not all that was said:\n%s", out)
			}
			for line := range strings.Lines(out + p.Err.String()) {
				for _, r := range strings.TrimSuffix(line, "\n") {
					if unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co) {
						t.Fatalf("%U in %q", r, line)
					}
				}
			}
		})
	}
}

// TestPeersHostileTerminal: in a real terminal nothing of it has an effect.
func TestPeersHostileTerminal(t *testing.T) {
	term := proxytest.Tmux(t, t.TempDir(), nil, proxytest.Peer(t, "imapscope", "imapscope"),
		"proxy", "--listen", "127.0.0.1:0", "--upstream", hostileServer(t))
	screen := term.Await(t, "Ctrl-C ends it")
	title := term.Format(t, "#{pane_title}")
	provoke(t, regexp.MustCompile(`listening on (\S+) `).FindStringSubmatch(screen)[1])
	term.Keys(t, "C-c")
	term.AwaitEnd(t)

	if now := term.Format(t, "#{pane_title}"); now != title || strings.Contains(now, "owned") {
		t.Errorf("the title was %q and is %q", title, now)
	}
	for name, want := range map[string]string{
		"#{alternate_on}": "0", "#{scroll_region_upper}": "0", "#{scroll_region_lower}": "39", "#{pane_mode}": "",
	} {
		if got := term.Format(t, name); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	// What imapscope uses itself: bold, faint, a colour of the first sixteen, and tmux's
	// ways to end them.
	own := regexp.MustCompile(`^\x1b\[(0|1|2|22|3[0-7]|39|49|9[0-7])?(;(0|1|2|22|3[0-7]|39|49|9[0-7]))*m`)
	screen = term.Styled(t)
	if !strings.Contains(screen, "\x1b[") {
		t.Error("there is no colour at all")
	}
	for _, rest := range strings.Split(screen, "\x1b")[1:] {
		if !own.MatchString("\x1b" + rest) {
			t.Fatalf("an escape sequence that is none of ours: %q", rest[:min(len(rest), 40)])
		}
	}
}
