package mirror_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/proxy"
	"imapscope/proxy/mirror"
	"imapscope/proxy/replay"
	"imapscope/samples/server"
)

// BenchmarkRelay measures a client's round trip through the proxy: without a mirror, with one, and with
// one whose server never answers.
func BenchmarkRelay(b *testing.B) {
	first := imap2(b, server.Options{})
	silent := listening(b, func(ctx context.Context, l net.Listener) {
		c, err := l.Accept()
		if err == nil {
			<-ctx.Done()
			c.Close()
		}
	})
	for name, second := range map[string]string{"alone": "", "mirrored": imap2(b, server.Options{}), "silent": silent} {
		b.Run(name, func(b *testing.B) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				b.Fatal(err)
			}
			source := proxy.Source{Proxy: &proxy.Proxy{Target: proxy.Fixed(first)}, Listener: l}
			if second != "" {
				dial := func(ctx context.Context) (net.Conn, []byte, error) {
					c, err := (&net.Dialer{}).DialContext(ctx, "tcp", second)
					return c, nil, err
				}
				m := mirror.New(mirror.Options{Player: replay.Player{Dial: dial, Timeout: time.Minute}})
				defer m.Stop()
				source.Copies = capture.Tee{m}
			}
			ctx, cancel := context.WithCancel(context.Background())
			done := make(chan error, 1)
			go func() { done <- source.Run(ctx, nil) }()
			defer func() { cancel(); <-done }()
			c, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				b.Fatal(err)
			}
			defer c.Close()
			in := bufio.NewReader(c)
			say := func(line string) {
				fmt.Fprint(c, "a ", line, "\r\n")
				for {
					got, err := in.ReadString('\n')
					if err != nil {
						b.Fatal(err)
					}
					if strings.HasPrefix(got, "a ") {
						return
					}
				}
			}
			say("LOGIN fred secret")
			say("SELECT INBOX")
			b.ResetTimer()
			for b.Loop() {
				say("FETCH 1:3 ALL")
			}
		})
	}
}
