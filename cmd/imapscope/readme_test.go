package main_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// What README.md shows in a fence marked sh, it promises will run: the lines
// that begin with "$ " are commands, which a "\" at the end continues, and the
// other lines are what they print. A command that ends with "# exits N" is
// meant to. What needs a person, a privilege or a peer stands in a fence marked
// text. CONTRIBUTING.md tells authors so.

const root = "../.."

// A shellCommand is one command of a Markdown file.
type shellCommand struct {
	line int // of its first line
	text string
	exit int
}

var exits = regexp.MustCompile(`# exits (\d+)$`)

// shellCommands are the commands in the sh fences of a Markdown text.
func shellCommands(markdown string) ([]shellCommand, error) {
	var (
		found []shellCommand
		fence string // the word after ``` while inside a fence
		open  int    // the line of that fence
		more  bool   // the last command goes on
	)
	for i, line := range strings.Split(markdown, "\n") {
		mark, isFence := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case isFence && open == 0:
			fence, open = mark, i+1
			if len(mark) == 0 {
				return nil, fmt.Errorf("line %d: mark the fence sh (its commands run in CI), or text", open)
			}
			switch fence {
			case "bash", "shell", "console", "zsh", "shell-session":
				return nil, fmt.Errorf("line %d: mark the fence sh (its commands run in CI) or text, not %s", open, fence)
			}
		case isFence:
			if more || fence == "sh" && (len(found) == 0 || found[len(found)-1].line < open) {
				return nil, fmt.Errorf("line %d: the sh fence has no whole command after \"$ \"", open)
			}
			open = 0
		case open == 0 || fence != "sh":
		case more:
			last := &found[len(found)-1]
			last.text, more = strings.CutSuffix(last.text+"\n"+line, "\\")
		case strings.HasPrefix(line, "$ "):
			c := shellCommand{line: i + 1}
			c.text, more = strings.CutSuffix(line[len("$ "):], "\\")
			found = append(found, c)
		}
	}
	if open != 0 {
		return nil, fmt.Errorf("line %d: the fence has no end", open)
	}
	for i := range found {
		found[i].text = strings.ReplaceAll(found[i].text, "\n", " ")
		if m := exits.FindStringSubmatch(found[i].text); m != nil {
			found[i].exit, _ = strconv.Atoi(m[1])
		}
	}
	return found, nil
}

func TestShellCommands(t *testing.T) {
	const text = "# t\n```sh\n$ one\noutput of one\n$ two \\\n    --flag  # exits 1\n```\n```text\n$ not this\n```\n"
	got, err := shellCommands(text)
	if err != nil {
		t.Fatal(err)
	}
	want := []shellCommand{{3, "one", 0}, {5, "two      --flag  # exits 1", 1}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
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

// TestREADMECommands runs README.md's commands, in order, in a copy of the tree
// where imapscope is on the PATH. It takes a while, so CI asks for it.
func TestREADMECommands(t *testing.T) {
	if os.Getenv("IMAPSCOPE_README") == "" {
		t.Skip("IMAPSCOPE_README is not set: README.md's commands are not run")
	}
	commands := readmeCommands(t)
	dir, bin := t.TempDir(), t.TempDir()
	if err := copyTree(dir, root); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	for _, c := range commands {
		t.Run(fmt.Sprintf("line %d", c.line), func(t *testing.T) {
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
			t.Logf("$ %s  (%d octets, %v)", c.text, len(out), time.Since(start).Round(time.Millisecond))
		})
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
