package proxytest

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"text/template"
	"time"

	"imapscope/capture/leaktest"
)

// cyrusConf is the imapd.conf of a Cyrus 3.6 that has nothing outside its folder.
var cyrusConf = template.Must(template.New("").Parse(`
configdirectory: {{.Dir}}/conf
defaultpartition: default
partition-default: {{.Dir}}/spool
cyrus_user: nobody
servername: localhost
sasl_mech_list: PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: {{.Dir}}/sasldb2
failedloginpause: 0
allowplaintext: yes
autocreate_quota: 1000000
autocreate_inbox_folders: Sent
altnamespace: yes
unixhierarchysep: yes
annotation_allow_undefined: yes
lmtpsocket: {{.Dir}}/run/lmtp
idlesocket: {{.Dir}}/run/idle
notifysocket: {{.Dir}}/run/notify
mboxname_lockpath: {{.Dir}}/run/lock
proc_path: {{.Dir}}/run/proc
tls_server_cert: {{.Cert}}
tls_server_key: {{.Key}}
`))

// cyrusServices is its cyrus.conf.
var cyrusServices = template.Must(template.New("").Parse(`
START {
  recover cmd="{{.Bin}}/ctl_cyrusdb -C {{.Dir}}/imapd.conf -r"
  idled cmd="{{.Bin}}/idled -C {{.Dir}}/imapd.conf"
}
SERVICES {
  imap cmd="{{.Bin}}/imapd -C {{.Dir}}/imapd.conf" listen="127.0.0.1:{{.Plain}}" prefork=0
  imaps cmd="{{.Bin}}/imapd -s -C {{.Dir}}/imapd.conf" listen="127.0.0.1:{{.TLS}}" prefork=0
}
`))

// cyrusRoot returns the folder in which Cyrus is: its packages conflict with Dovecot's, so
// they are unpacked, and not installed.
func cyrusRoot(t testing.TB) string {
	t.Helper()
	root := os.Getenv("IMAPSCOPE_CYRUS")
	if _, err := os.Stat(filepath.Join(root, "usr/lib/cyrus/bin/master")); err != nil {
		Missing(t, "Cyrus is not there: unpack cyrus-imapd and cyrus-common with dpkg -x, as .ci/run does, and set IMAPSCOPE_CYRUS to the folder")
	}
	return root
}

// Cyrus starts Cyrus 3.6. It wants root; as another user the test skips aloud.
func Cyrus(t testing.TB, o Options) *Server {
	t.Helper()
	root := cyrusRoot(t)
	if os.Getuid() != 0 {
		t.Skip("NOT TESTED: Cyrus must be started as root: it changes to a user of its own")
	}
	passwords := Peer(t, "saslpasswd2", "sasl2-bin")
	leaktest.Check(t)
	dir, err := os.MkdirTemp("", "cyrus") // other users cannot enter t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	ca, cert, key := Certificate(t, dir)
	ports := freePorts(t, 2)
	set := map[string]string{
		"Dir": dir, "Bin": filepath.Join(root, "usr/lib/cyrus/bin"), "Cert": cert, "Key": key, "Plain": ports[0], "TLS": ports[1],
	}
	for _, sub := range []string{"conf/db", "conf/socket", "conf/proc", "conf/lock", "conf/log", "conf/msg", "conf/user", "conf/quota", "spool", "run/lock", "run/proc"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	execute(t, cyrusConf, set, filepath.Join(dir, "imapd.conf"))
	execute(t, cyrusServices, set, filepath.Join(dir, "cyrus.conf"))
	for name := range o.Inboxes {
		Run(t, dir, nil, strings.NewReader(Password), passwords, "-c", "-p", "-u", "localhost", "-f", filepath.Join(dir, "sasldb2"), name)
	}
	give(t, dir, "nobody")

	cmd := exec.Command(filepath.Join(root, "usr/lib/cyrus/bin/master"), "-D", "-C", filepath.Join(dir, "imapd.conf"), "-M", filepath.Join(dir, "cyrus.conf"), "-p", filepath.Join(dir, "pid"))
	libs := filepath.Join(root, "usr/lib/x86_64-linux-gnu")
	if m, _ := filepath.Glob(filepath.Join(root, "usr/lib/*/libcyrus.so.0")); len(m) > 0 {
		libs = filepath.Dir(m[0])
	}
	cmd.Env = environ(dir, "LD_LIBRARY_PATH="+libs)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // its master ends its group
	Start(t, cmd)
	s := &Server{Plain: "127.0.0.1:" + ports[0], TLS: "127.0.0.1:" + ports[1], CA: ca}
	Eventually(t, "Cyrus listens", func() bool {
		c, err := net.Dial("tcp", s.Plain)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	for name, mails := range o.Inboxes {
		deliver(t, s.Plain, name, mails)
	}
	return s
}

// execute writes a template to a file.
func execute(t testing.TB, text *template.Template, set map[string]string, file string) {
	t.Helper()
	var b strings.Builder
	if err := text.Execute(&b, set); err != nil {
		t.Fatal(err)
	}
	write(t, file, []byte(b.String()))
}

// give makes a user the owner of a folder and what is in it.
func give(t testing.TB, dir, name string) {
	t.Helper()
	if _, err := user.Lookup(name); err != nil {
		t.Fatal(err)
	}
	Run(t, "/", nil, nil, Peer(t, "chown", "coreutils"), "-R", name, dir)
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
}

// deliver appends mails to the INBOX of a user.
func deliver(t testing.TB, addr, name string, mails []Mail) {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(patience))
	in := bufio.NewReader(c)
	ask := func(tag, command string) {
		t.Helper()
		fmt.Fprintf(c, "%s %s\r\n", tag, command)
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			if rest, ok := strings.CutPrefix(line, tag+" "); ok {
				if !strings.HasPrefix(rest, "OK") {
					t.Fatalf("%.40s: %s", command, line)
				}
				return
			}
		}
	}
	ask("login", "LOGIN "+name+" "+Password)
	for i, m := range mails {
		ask(fmt.Sprint("mail", i), fmt.Sprintf("APPEND INBOX {%d+}\r\n%s", len(m), m))
	}
	ask("logout", "LOGOUT")
}
