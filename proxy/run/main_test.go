package run

import (
	"fmt"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"imapscope/capture/leaktest"
)

// TestMain is also what runs in a namespace: "inside" becomes a program, and "dial" is one.
func TestMain(m *testing.M) {
	if len(os.Args) > 4 && os.Args[1] == "inside" {
		fmt.Println(Inside(os.Args[2], os.Args[4:]))
		os.Exit(2)
	}
	if len(os.Args) == 5 && os.Args[1] == "dial" {
		os.Exit(dial(os.Args[2], os.Args[3], os.Args[4]))
	}
	os.Exit(leaktest.Package{Tests: m}.Run())
}

// dial sends a text, and prints what answers it.
func dial(network, addr, text string) (code int) {
	c, err := net.DialTimeout(network, addr, 5*time.Second)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	io.WriteString(c, text)
	b := make([]byte, 100)
	n, err := c.Read(b)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Printf("%s", b[:n])
	return 0
}
