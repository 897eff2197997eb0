package main_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"imapscope/capture/golden"
)

// What README.md shows in a fence marked sh, it promises will run: the lines that begin with
// "$ " are commands, which a "\" at the end continues, and the other lines are what they
// print: "…" is any text in a line, or any lines. A command without such lines may print
// anything. One that ends with "# exits N" is meant to. What needs a person, a privilege or a
// peer is in a fence marked text. Help topics promise the same of indented lines that begin
// with "$ ". CONTRIBUTING.md describes this for authors.

const root = "../.."

// A shellCommand is one command of a Markdown file.
type shellCommand struct {
	line int // of its first line
	text string
	exit int
	want []string // the lines it prints, if the file shows them
	from int      // the line of the first of them
}

var exits = regexp.MustCompile(`# exits (\d+)$`)

// A shellReader collects the commands of a Markdown text line by line.
type shellReader struct {
	found []shellCommand
	fence string // the word after ``` while inside a fence
	open  int    // the line of that fence, or 0
	more  bool   // the last command goes on in the next line
	block bool   // the lines are those of an indented block with a command
}

// shellCommands returns the commands in the sh fences and in the indented blocks of a
// Markdown text.
func shellCommands(markdown string) ([]shellCommand, error) {
	var r shellReader
	for i, line := range strings.Split(markdown, "\n") {
		mark, isFence := strings.CutPrefix(strings.TrimSpace(line), "```")
		code, indented := strings.CutPrefix(line, "    ")
		isFence = isFence && !indented && !strings.Contains(mark, "`")
		var err error
		switch {
		case isFence:
			err = r.fenceAt(i+1, mark)
		case r.open > 0 && r.fence == "sh":
			r.add(i+1, line)
		case r.open > 0:
		case indented && (r.block || strings.HasPrefix(code, "$ ")):
			r.block = true
			r.add(i+1, code)
		case strings.TrimSpace(line) != "":
			r.block = false
		case r.block:
			r.add(i+1, "")
		}
		if err != nil {
			return nil, err
		}
	}
	if r.open != 0 {
		return nil, fmt.Errorf("line %d: the fence has no end", r.open)
	}
	for i := range r.found {
		c := &r.found[i]
		c.text = strings.ReplaceAll(c.text, "\n", " ")
		if m := exits.FindStringSubmatch(c.text); m != nil {
			c.exit, _ = strconv.Atoi(m[1])
		}
		for len(c.want) > 0 && c.want[len(c.want)-1] == "" {
			c.want = c.want[:len(c.want)-1]
		}
	}
	return r.found, nil
}

// fenceAt opens or closes a fence.
func (r *shellReader) fenceAt(line int, mark string) error {
	if r.open > 0 {
		if r.more || r.fence == "sh" && (len(r.found) == 0 || r.found[len(r.found)-1].line < r.open) {
			return fmt.Errorf("line %d: the sh fence has no whole command after \"$ \"", r.open)
		}
		r.open = 0
		return nil
	}
	r.fence, r.open, r.block = mark, line, false
	switch mark {
	case "":
		return fmt.Errorf("line %d: mark the fence sh (its commands run in CI), or text", line)
	case "bash", "shell", "console", "zsh", "shell-session":
		return fmt.Errorf("line %d: mark the fence sh (its commands run in CI) or text, not %s", line, mark)
	}
	return nil
}

// add adds a line: a command, more of it, or what it prints.
func (r *shellReader) add(line int, text string) {
	command, begins := strings.CutPrefix(text, "$ ")
	switch {
	case r.more:
		last := &r.found[len(r.found)-1]
		last.text, r.more = strings.CutSuffix(last.text+"\n"+text, "\\")
	case begins:
		c := shellCommand{line: line}
		c.text, r.more = strings.CutSuffix(command, "\\")
		r.found = append(r.found, c)
	case len(r.found) > 0 && r.found[len(r.found)-1].line > r.open:
		last := &r.found[len(r.found)-1]
		if len(last.want) == 0 {
			last.from = line
		}
		last.want = append(last.want, strings.TrimRight(text, " "))
	}
}

// prints reports whether lines are what a file shows: "…" there is any text in a line, or any
// lines if it is alone in one.
func prints(got, want []string) bool {
	if len(want) == 0 {
		return len(got) == 0
	}
	if want[0] == "…" {
		return prints(got, want[1:]) || len(got) > 0 && prints(got[1:], want)
	}
	if len(got) == 0 {
		return false
	}
	pattern := "^" + strings.ReplaceAll(regexp.QuoteMeta(want[0]), "…", ".*") + "$"
	return regexp.MustCompile(pattern).MatchString(strings.TrimRight(got[0], " ")) && prints(got[1:], want[1:])
}

func TestPrints(t *testing.T) {
	got := []string{"one", "two 2 ", "", "three"}
	for _, x := range []struct {
		want string
		ok   bool
	}{
		{"one\ntwo 2\n\nthree", true}, {"…", true}, {"…\nthree", true}, {"one\n…\nthree\n…", true}, {"one\nt…2\n\nthree", true},
		{"one\n…\n2\n…", false}, {"one", false}, {"one\n…\nfour", false}, {"two 2\n…", false}, {"one\ntwo 2\n\nthree\nfour", false},
	} {
		if ok := prints(got, strings.Split(x.want, "\n")); ok != x.ok {
			t.Errorf("%q: %v", x.want, ok)
		}
	}
}

func TestShellCommands(t *testing.T) {
	const text = "# t\n```sh\n$ one\noutput of one\n$ two \\\n    --flag  # exits 1\n```\n```text\n$ not this\n```\n" +
		"\n    not this\n\nText.\n\n    $ three\n      out\n\n    put\n\nText.\n\n    nor this\n"
	got, err := shellCommands(text)
	if err != nil {
		t.Fatal(err)
	}
	want := []shellCommand{
		{3, "one", 0, []string{"output of one"}, 4}, {5, "two      --flag  # exits 1", 1, nil, 0},
		{16, "three", 0, []string{"  out", "", "put"}, 17},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, bad := range []string{
		"```\n$ unmarked\n```\n",
		"```bash\n$ marked otherwise\n```\n",
		"```sh\nno prompt\n```\n",
		"```sh\n$ goes on \\\n```\n",
		"```sh\n$ has no end\n",
	} {
		if got, err := shellCommands(bad); err == nil {
			t.Errorf("%q: got %v, want an error", bad, got)
		}
	}
}

// readmeCommands are README.md's, or the end of the test.
func readmeCommands(t *testing.T) []shellCommand {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	commands, err := shellCommands(string(b))
	if err != nil {
		t.Fatalf("README.md: %v", err)
	}
	return commands
}

func TestREADMESaysHowToStart(t *testing.T) {
	commands := readmeCommands(t)
	for _, want := range []string{"go run ./cmd/imapscope demo", "go test ./..."} {
		found := 0
		for _, c := range commands {
			if c.text == want {
				found++
			}
		}
		if found == 0 {
			t.Errorf("README.md: no sh fence has the line %q", "$ "+want)
		}
	}
}

// TestREADMECommands runs README.md's commands, in order, in a copy of the tree where imapscope
// is on the PATH, and those of the help topics, each topic in a folder with a session.pcap. It
// takes a while, so CI asks for it. With -update, output that is shown whole is replaced by
// what was printed.
func TestREADMECommands(t *testing.T) {
	if os.Getenv("IMAPSCOPE_README") == "" {
		t.Skip("IMAPSCOPE_README is not set: README.md's commands are not run")
	}
	dir, bin := t.TempDir(), t.TempDir()
	if err := copyTree(dir, root); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	runCommands(t, dir, filepath.Join(root, "README.md"), readmeCommands(t))
	session, err := os.ReadFile(filepath.Join(root, "samples/raw-errors--imap-1.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	topics, err := filepath.Glob("help/*.md")
	if err != nil {
		t.Fatal(err)
	}
	run := 0
	for _, topic := range topics {
		text, err := os.ReadFile(topic)
		if err != nil {
			t.Fatal(err)
		}
		commands, err := shellCommands(string(text))
		if err != nil {
			t.Fatalf("%s: %v", topic, err)
		}
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "session.pcap"), session, 0o600); err != nil {
			t.Fatal(err)
		}
		runCommands(t, dir, topic, commands)
		run += len(commands)
	}
	if run < 20 {
		t.Errorf("the help topics have only %d commands", run)
	}
}

// runCommands runs the commands of a file, each as a test.
func runCommands(t *testing.T, dir, file string, commands []shellCommand) {
	printed := make(map[int][]string) // by the line of the command
	for _, c := range commands {
		t.Run(fmt.Sprintf("%s line %d", filepath.Base(file), c.line), func(t *testing.T) {
			if strings.HasPrefix(c.text, "go test ") {
				t.Skipf("%s: run by CI itself", c.text)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, "bash", "-o", "pipefail", "-c", c.text)
			cmd.Dir = dir
			cmd.WaitDelay = time.Second
			start := time.Now()
			out, err := cmd.CombinedOutput()
			if ctx.Err() != nil {
				t.Fatalf("$ %s\n%s\ndid not end", c.text, tail(out))
			}
			var exit *exec.ExitError
			if err != nil && !errors.As(err, &exit) {
				t.Fatal(err)
			}
			const sigpipe = 128 + 13 // a reader such as head had enough
			if got := cmd.ProcessState.ExitCode(); got != c.exit && got != sigpipe {
				t.Fatalf("$ %s\n%s\nexit %d, want %d", c.text, tail(out), got, c.exit)
			}
			lines := strings.Split(strings.TrimRight(string(out), "\n"), "\n")
			if len(c.want) > 0 && !prints(lines, c.want) {
				printed[c.line] = lines
				t.Errorf("$ %s\n%s\n%s shows\n%s", c.text, tail(out), file, strings.Join(c.want, "\n"))
			}
			t.Logf("$ %s  (%d bytes, %v)", c.text, len(out), time.Since(start).Round(time.Millisecond))
		})
	}
	if len(printed) > 0 && golden.Updating() {
		showPrinted(t, file, commands, printed)
	}
}

// showPrinted writes what commands printed into the file that shows it, from the last to the
// first. Output that is shown in part is left to the author.
func showPrinted(t *testing.T, file string, commands []shellCommand, printed map[int][]string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	for _, c := range slices.Backward(commands) {
		if printed[c.line] == nil || slices.Contains(c.want, "…") {
			continue
		}
		indent := strings.Repeat(" ", strings.Index(lines[c.line-1], "$ "))
		var shown []string
		for _, l := range printed[c.line] {
			shown = append(shown, strings.TrimRight(indent+l, " "))
		}
		lines = slices.Replace(lines, c.from-1, c.from-1+len(c.want), shown...)
	}
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
}

// tail is the end of what a command printed.
func tail(out []byte) []byte { return out[max(0, len(out)-4000):] }

// copyTree copies the files below src, git's own left out.
func copyTree(dst, src string) error {
	return filepath.WalkDir(src, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(src, path)
		if err != nil {
			return err
		}
		switch {
		case d.Name() == ".git":
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			return os.MkdirAll(filepath.Join(dst, rel), 0o755)
		case !d.Type().IsRegular():
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dst, rel), b, info.Mode().Perm())
	})
}
