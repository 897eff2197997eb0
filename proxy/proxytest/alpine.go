package proxytest

import (
	"bytes"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// alpineConf is a pinerc: nothing is asked that a test would have to answer but the
// password.
const alpineConf = `user-id=%s
user-domain=example.org
inbox-path={%s:%s/user=%[1]s%[4]s}INBOX
folder-collections=Mail %[5]s/[]
feature-list=enable-aggregate-command-set,quit-without-confirm,save-will-not-delete,disable-password-file-saving
system-certs-file=%[6]s
last-version-used=9.99
`

// Alpine opens INBOX in a terminal, selects all mails and saves them to a file. With a
// server that does not know CAPABILITY it speaks IMAP2.
func Alpine(t testing.TB, a Account, mails int) []Mail {
	t.Helper()
	dir := t.TempDir()
	how := []string{"/notls", "/tls", "/ssl"}[a.TLS]
	conf := fmt.Sprintf(alpineConf, a.User, a.name(), a.port(), how, dir, a.CA)
	args := []string{"-p", write(t, filepath.Join(dir, "pinerc"), []byte(conf)), "-i"}
	if a.Log != "" {
		args = append(args, "-d", "9", "-d", "imap=4,timestamp")
	}
	term := Tmux(t, dir, nil, Peer(t, "alpine", "alpine"), args...)
	// Its third line from below comes and goes: only the last step has to rely on it.
	for _, step := range []struct {
		shows string // a pattern
		keys  []string
	}{
		{`ENTER PASSWORD:`, []string{Password, "Enter"}},
		{fmt.Sprintf(`Message 1 of %d `, mails), []string{";"}},
		{`SELECT criteria :`, []string{"A"}},
		{`\nX `, []string{"A"}},
		{`APPLY command :`, []string{"S"}},
		{fmt.Sprintf(`SAVE %d msgs to folder`, mails), []string{"C-u", dir + "/out", "Enter"}},
		{`doesn't exist.  Create\?`, []string{"y"}},
		{`messages saved\]|\[Saving +DONE\]`, []string{"q"}},
	} {
		shows := regexp.MustCompile(step.shows)
		Eventually(t, "alpine shows "+step.shows, func() bool { return shows.MatchString(term.Screen(t)) })
		term.Keys(t, step.keys...)
	}
	term.AwaitEnd(t)
	if a.Log != "" {
		write(t, a.Log, read(t, filepath.Join(dir, ".pine-debug1")))
	}
	list := savedByAlpine(read(t, filepath.Join(dir, "out")))
	if len(list) != mails {
		t.Fatalf("alpine saved %d mails", len(list))
	}
	return list
}

// savedByAlpine are the mails in a file of Alpine's, without its first, which it puts
// there for itself.
func savedByAlpine(file []byte) []Mail {
	var list []Mail
	parts := regexp.MustCompile(`(?m)^From .* [0-9]{4}( \+0000)?\n`).Split(string(file), -1)
	for _, part := range parts[1:] {
		if strings.Contains(part, "\nX-IMAP: ") {
			continue
		}
		list = append(list, stored(bytes.TrimSuffix([]byte(part), []byte("\n")), "Status", "X-Status", "X-Keywords", "X-UID"))
	}
	return list
}
