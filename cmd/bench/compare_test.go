package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// repository returns a new repository with two commits of the file "text".
func repository(t *testing.T) (dir string, git func(args ...string) string) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("NOT TESTED: git is not installed")
	}
	dir = t.TempDir()
	git = func(args ...string) string {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=a", "-c", "user.email=a@b.example"}, args...)...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %v: %v: %s", args, err, out)
		}
		return string(out)
	}
	git("init", "--quiet")
	for _, text := range []string{"first", "second"} {
		if err := os.WriteFile(filepath.Join(dir, "text"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		git("add", "text")
		git("commit", "--quiet", "-m", text)
	}
	return dir, git
}

func TestWorktreeIsOfTheRevisionAndIsRemoved(t *testing.T) {
	dir, git := repository(t)
	tree := filepath.Join(t.TempDir(), "revision")
	ctx, cancel := context.WithCancel(t.Context())
	remove, err := addWorktree(ctx, dir, tree, "HEAD~1")
	if err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(filepath.Join(tree, "text")); err != nil || string(b) != "first" {
		t.Errorf("the file is %q, %v", b, err)
	}
	cancel() // as Ctrl-C does
	if err := remove(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(tree); !os.IsNotExist(err) {
		t.Errorf("the folder is still there: %v", err)
	}
	if list := git("worktree", "list"); strings.Count(list, "\n") != 1 {
		t.Errorf("the repository still has\n%s", list)
	}
}

func TestNoWorktreeWithoutARevision(t *testing.T) {
	dir, git := repository(t)
	for _, revision := range []string{"no-such-thing", "text", "--help"} {
		tree := filepath.Join(t.TempDir(), "revision")
		if _, err := addWorktree(t.Context(), dir, tree, revision); err == nil || !strings.Contains(err.Error(), revision) {
			t.Errorf("%s: the error is %v", revision, err)
		}
	}
	if list := git("worktree", "list"); strings.Count(list, "\n") != 1 {
		t.Errorf("the repository has\n%s", list)
	}
}
