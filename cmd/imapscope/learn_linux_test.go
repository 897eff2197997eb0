package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imapscope/proxy/proxytest"
)

// TestLearnInTerminal is a newcomer's first lesson with the real program, in a real
// terminal: they answer, are wrong, take a hint, type to the server, and
// come to the end. Progress lies where settings do.
func TestLearnInTerminal(t *testing.T) {
	dir := t.TempDir()
	env := []string{"TZ=UTC", "LC_ALL=C.UTF-8", "HOME=" + dir, "XDG_CONFIG_HOME=" + dir}
	term := proxytest.Tmux(t, dir, env, proxytest.Peer(t, "imapscope", "imapscope"), "learn")
	answer := func(text, then string) {
		t.Helper()
		term.Keys(t, "Space")
		term.Await(t, "Enter confirms")
		term.Keys(t, text, "Enter")
		term.Await(t, then)
	}
	on := func(heading string) {
		t.Helper()
		term.Keys(t, "Space")
		term.Await(t, heading)
	}
	term.Await(t, "step 1 of 11")
	on("The server speaks first")
	answer("1", "· It must wait") // a guess
	answer("no", "✓ It waits.")
	on("step 3 of 11")
	term.Keys(t, "H")
	term.Await(t, "Hint: ")
	answer("A00001", "✓ A00001.")
	on("step 4 of 11")
	answer("ok", "✓ OK.")
	on("step 5 of 11")
	answer("3", "✓ Three.")
	on("step 6 of 11")
	term.Keys(t, "g", "j")
	term.Keys(t, "Space")
	term.Await(t, "· ")
	term.Keys(t, "k", "Space")
	term.Await(t, "✓ LOGIN.")
	on("step 7 of 11")
	term.Keys(t, "g", "j", "j", "j", "j", "j", "j", "j", "j", "j", "Space")
	term.Await(t, "✓ CHECK")
	on("step 8 of 11")
	answer("1", "✓ BYE")
	on("step 9 of 11")
	answer("noop", "✓ The server is there.")
	term.Await(t, "Command L01 succeeded.") // and says what it means
	on("step 10 of 11")
	answer("LOGIN fred guess", "· The server says NO")
	answer("LOGIN fred secret", "✓ OK")
	on("step 11 of 11")
	answer("LOGOUT", "✓ BYE")
	on("Lesson finished")
	term.Await(t, "Of 10 questions you answered 6 at once, 4 with help, and skipped 0.")
	term.Keys(t, "Q")
	term.AwaitEnd(t)

	b, err := os.ReadFile(filepath.Join(dir, "imapscope", "learn.json"))
	if err != nil || !strings.Contains(string(b), `"finished": true`) {
		t.Errorf("learn.json: %s, %v", b, err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "imapscope-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
