package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// orderFD is the descriptor by which the process in the namespace is connected.
const orderFD = 3

// Inside is what this program does in the namespace: it makes every destination lead to
// sockets that it sends to its parent, and becomes the program, args, when that says so. It
// returns only if it could not; the parent knows why, unless the error is not nil.
func Inside(text string, args []string) error {
	var o orders
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return fmt.Errorf("orders for the network namespace: %w", err)
	}
	f := os.NewFile(orderFD, "namespace")
	c, err := net.FileConn(f)
	f.Close()
	if err != nil {
		return err
	}
	parent, ok := c.(*net.UnixConn)
	if !ok {
		return errors.New("orders for the network namespace: not by a socket")
	}
	files, err := redirectAll(o)
	r, rights := report{}, []byte(nil)
	if err != nil {
		r.Error = err.Error()
	} else {
		fds := make([]int, len(files))
		for i, f := range files {
			fds[i] = int(f.Fd())
		}
		rights = unix.UnixRights(fds...)
	}
	answer, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if _, _, err := parent.WriteMsgUnix(answer, rights, nil); err != nil {
		return err
	}
	if n, err := parent.Read(make([]byte, 1)); n == 0 || err != nil {
		os.Exit(2) // the parent has gone, or gave up
	}
	return become(args)
}

// become replaces this process by the program.
func become(args []string) error {
	path, err := exec.LookPath(args[0])
	if err != nil {
		return err
	}
	runtime.LockOSThread() // capabilities are those of a thread
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
		return fmt.Errorf("giving up capabilities: %w", err)
	}
	return fmt.Errorf("%s: %w", args[0], syscall.Exec(path, args, os.Environ()))
}

// redirectAll makes the namespace, and returns its sockets.
func redirectAll(o orders) ([]*os.File, error) {
	if err := localEverywhere(o.IPv6); err != nil {
		return nil, err
	}
	files := make([]*os.File, sockets)
	ports := make([]int, sockets)
	for i := range files {
		var err error
		if files[i], ports[i], err = open(i == dnsSocket); err != nil {
			return nil, fmt.Errorf("listening in the network namespace: %w", err)
		}
	}
	return files, redirect(o, ports)
}

// open opens a socket on a port of its own.
func open(udp bool) (f *os.File, port int, err error) {
	var lc net.ListenConfig
	if udp {
		c, err := lc.ListenPacket(context.Background(), "udp", ":0")
		if err != nil {
			return nil, 0, err
		}
		defer c.Close() //nolint:errcheck // the copy is what counts
		f, err := c.(*net.UDPConn).File()
		return f, c.LocalAddr().(*net.UDPAddr).Port, err
	}
	l, err := lc.Listen(context.Background(), "tcp", ":0")
	if err != nil {
		return nil, 0, err
	}
	defer l.Close() //nolint:errcheck // the copy is what counts
	f, err = l.(*net.TCPListener).File()
	return f, l.Addr().(*net.TCPAddr).Port, err
}

// redirect sets the rules of the firewall: with nft, or with iptables where it fails.
func redirect(o orders, ports []int) error {
	err := execute(nftRules(o, ports), "nft", "-f", "-")
	if err == nil {
		return nil
	}
	for _, args := range iptablesRules(o, ports) {
		if also := execute("", args[0], args[1:]...); also != nil {
			return errors.Join(err, also)
		}
	}
	return nil
}

func execute(stdin, program string, args ...string) error {
	cmd := exec.Command(program, args...)
	cmd.Stdin = strings.NewReader(stdin)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", program, err, strings.Join(strings.Fields(string(out)), " "))
	}
	return nil
}

// nftRules returns the rules for nft. ::1 is left alone: a program that dials localhost tries
// 127.0.0.1 after ::1 is refused, and is redirected then.
func nftRules(o orders, ports []int) string {
	var b strings.Builder
	b.WriteString("table inet imapscope {\n\tchain out {\n\t\ttype nat hook output priority -100\n\t\tip6 daddr ::1 accept\n")
	for _, r := range portRules(o, ports) {
		fmt.Fprintf(&b, "\t\ttcp dport %d redirect to :%d\n", r[0], r[1])
	}
	fmt.Fprintf(&b, "\t\tmeta l4proto tcp redirect to :%d\n\t\tudp dport 53 redirect to :%d\n\t}\n}\n", ports[otherSocket], ports[dnsSocket])
	return b.String()
}

// portRules returns the ports of IMAP, and the ports of the sockets that each leads to.
func portRules(o orders, ports []int) (rules [][2]int) {
	for _, p := range o.TLS {
		rules = append(rules, [2]int{int(p), ports[tlsSocket]})
	}
	for _, p := range o.IMAP {
		rules = append(rules, [2]int{int(p), ports[imapSocket]})
	}
	return rules
}

// iptablesRules returns the same as commands.
func iptablesRules(o orders, ports []int) (commands [][]string) {
	for _, program := range []string{"iptables", "ip6tables"} {
		if program == "ip6tables" {
			if !o.IPv6 {
				break
			}
			commands = append(commands, []string{program, "-t", "nat", "-A", "OUTPUT", "-d", "::1", "-j", "ACCEPT"})
		}
		add := func(protocol string, to int, match ...string) {
			commands = append(commands, append(append([]string{program, "-t", "nat", "-A", "OUTPUT", "-p", protocol}, match...), "-j", "REDIRECT", "--to-ports", strconv.Itoa(to)))
		}
		for _, r := range portRules(o, ports) {
			add("tcp", r[1], "--dport", strconv.Itoa(r[0]))
		}
		add("tcp", ports[otherSocket])
		add("udp", ports[dnsSocket], "--dport", "53")
	}
	return commands
}
