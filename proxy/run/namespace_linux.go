package run

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// The sockets that the process in the namespace sends, in this order.
const (
	tlsSocket = iota // for the ports of implicit TLS
	imapSocket
	otherSocket
	dnsSocket
	sockets
)

// startTimeout bounds what the process in the namespace does before the program.
const startTimeout = 20 * time.Second

// orders are what the process in the namespace is to do, in JSON.
type orders struct {
	TLS, IMAP []uint16 // ports
	IPv6      bool     // this machine has a route for it
}

// report is what it did, or why it could not.
type report struct{ Error string }

// A namespace is a network namespace whose first process waits to become the program.
type namespace struct {
	cmd   *exec.Cmd
	conn  *net.UnixConn
	tls   net.Listener
	imap  net.Listener
	other net.Listener
	dns   net.PacketConn
}

// newNamespace starts this program again, in a network namespace of its own: as root, or as
// any user in a user namespace of its own. inside is how it is called there: the arguments
// before the orders, which Inside gets, and the program's.
func newNamespace(inside []string, o orders, prepare func(*exec.Cmd)) (*namespace, error) {
	var errs []error
	for _, own := range []bool{false, true} {
		if !own && os.Geteuid() != 0 {
			continue
		}
		n, err := tryNamespace(inside, o, own, prepare)
		if err == nil {
			return n, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

// tryNamespace is one attempt, with a user namespace of its own or without.
func tryNamespace(inside []string, o orders, user bool, prepare func(*exec.Cmd)) (_ *namespace, err error) {
	text, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	near, far, err := socketPair()
	if err != nil {
		return nil, err
	}
	defer far.Close()
	n := &namespace{conn: near}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.close())
		}
	}()
	n.cmd = &exec.Cmd{Path: "/proc/self/exe", Args: append(append([]string{}, inside...), string(text)), ExtraFiles: []*os.File{far}}
	n.cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET}
	if user {
		a := n.cmd.SysProcAttr
		a.Cloneflags |= unix.CLONE_NEWUSER
		a.UidMappings = []syscall.SysProcIDMap{{ContainerID: os.Geteuid(), HostID: os.Geteuid(), Size: 1}}
		a.GidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getegid(), HostID: os.Getegid(), Size: 1}}
		a.AmbientCaps = []uintptr{unix.CAP_NET_ADMIN}
	}
	prepare(n.cmd)
	if err := n.cmd.Start(); err != nil {
		n.cmd.Process = nil
		return nil, fmt.Errorf("making a network namespace: %w", err)
	}
	far.Close()
	return n, n.receive()
}

func socketPair() (near *net.UnixConn, far *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("making a network namespace: %w", err)
	}
	f := os.NewFile(uintptr(fds[0]), "namespace")
	defer f.Close()
	far = os.NewFile(uintptr(fds[1]), "namespace")
	c, err := net.FileConn(f)
	if err != nil {
		far.Close()
		return nil, nil, err
	}
	return c.(*net.UnixConn), far, nil
}

// receive receives the sockets.
func (n *namespace) receive() error {
	n.conn.SetDeadline(time.Now().Add(startTimeout)) //nolint:errcheck // reading fails then
	b, oob := make([]byte, 8<<10), make([]byte, unix.CmsgSpace(4*sockets))
	read, roob, _, _, err := n.conn.ReadMsgUnix(b, oob)
	if err != nil {
		return fmt.Errorf("the process in the network namespace has ended: %w", err)
	}
	files := received(oob[:roob])
	defer func() {
		for _, f := range files {
			f.Close()
		}
	}()
	var r report
	if err := json.Unmarshal(b[:read], &r); err != nil {
		return fmt.Errorf("the process in the network namespace: %w", err)
	}
	if r.Error != "" || len(files) != sockets {
		return fmt.Errorf("in the network namespace: %s", r.Error)
	}
	for i, l := range []*net.Listener{tlsSocket: &n.tls, imapSocket: &n.imap, otherSocket: &n.other} {
		if *l, err = net.FileListener(files[i]); err != nil {
			return err
		}
	}
	n.dns, err = net.FilePacketConn(files[dnsSocket])
	return err
}

// received returns the descriptors in a control message.
func received(oob []byte) (files []*os.File) {
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return nil
	}
	for i := range messages {
		fds, err := unix.ParseUnixRights(&messages[i])
		if err != nil {
			continue
		}
		for _, fd := range fds {
			unix.CloseOnExec(fd)
			files = append(files, os.NewFile(uintptr(fd), "socket"))
		}
	}
	return files
}

// begin has the process become the program.
func (n *namespace) begin() error {
	_, err := n.conn.Write([]byte{1})
	return err
}

// close closes the sockets, and ends the process if it has not become the program.
func (n *namespace) close() error {
	for _, c := range []interface{ Close() error }{n.conn, n.tls, n.imap, n.other, n.dns} {
		if c != nil {
			c.Close() //nolint:errcheck // what is closed already needs nothing
		}
	}
	if n.cmd == nil || n.cmd.Process == nil || n.cmd.ProcessState != nil {
		return nil
	}
	n.cmd.Process.Kill() //nolint:errcheck // it has ended otherwise
	n.cmd.Wait()         //nolint:errcheck // it was killed
	return nil
}
