package layer

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"imapscope/capture"
	"imapscope/capture/pcap"
	"imapscope/capture/shared"
	"imapscope/proxy/proxytest"
)

// labSession is a connection of a capture that holds TLS, at once or after STARTTLS.
type labSession struct {
	client string
	tls    *TLS
	heard  *heard
	begun  [2]bool
	before [2][]byte // what comes before TLS
}

// labSessions opens the TLS connections of a capture, in the order of their beginnings.
type labSessions struct {
	keys *Keys
	list []*labSession
	byID map[capture.ConnID]*labSession
	port uint16
}

func (l *labSessions) Event(e *capture.Event) error {
	s := l.byID[e.Conn]
	switch e.Kind {
	case capture.Secrets:
		l.keys.AddBlock(e.Data)
		for _, s := range l.list {
			s.tls.Retry(e.Time)
		}
	case capture.Opened:
		h := &heard{}
		s = &labSession{client: e.Info.Client.String(), tls: NewTLS(l.keys, h), heard: h}
		l.list, l.byID[e.Conn], l.port = append(l.list, s), s, e.Info.Server.Port()
	case capture.Data:
		data := e.Data
		if !s.begun[e.Dir] { // a hello is the first handshake record
			at := bytes.Index(data, []byte{typeHandshake, 3})
			if at < 0 {
				s.before[e.Dir] = append(s.before[e.Dir], data...)
				return nil
			}
			s.begun[e.Dir], s.before[e.Dir], data = true, append(s.before[e.Dir], data[:at]...), data[at:]
		}
		s.tls.Write(e.Dir, e.Time, data)
	case capture.Gap:
		s.tls.Lost(e.Dir, e.Time, e.N)
	case capture.Closed:
		s.tls.Close(e.Time)
	}
	return nil
}

func openLab(t *testing.T, file, keys string) *labSessions {
	t.Helper()
	l := &labSessions{keys: &Keys{}, byID: map[capture.ConnID]*labSession{}}
	if keys != "" {
		text, err := os.ReadFile(keys)
		if err != nil {
			t.Fatal(err)
		}
		if added, bad := l.keys.Add(text); added == 0 || bad > 0 {
			t.Errorf("%s: %d secrets, %d bad lines", keys, added, bad)
		}
	}
	if err := pcap.Files([]string{file}, pcap.Options{Ports: []uint16{14360, 14361}}).Run(context.Background(), l); err != nil {
		t.Fatal(err)
	}
	return l
}

func lab(t *testing.T, name string) string {
	t.Helper()
	file, err := filepath.Abs(shared.Captures(t, "lab/"+name)) // tshark runs in another folder
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// TestLabCapturesAgreeWithTshark compares the plaintext of recorded sessions, byte for byte,
// with what tshark makes of them.
func TestLabCapturesAgreeWithTshark(t *testing.T) {
	for _, name := range []string{"curl--dovecot-imaps", "imaplib--dovecot-starttls"} {
		file, keys := lab(t, name+".pcapng"), lab(t, name+".keys")
		l := openLab(t, file, keys)
		inside := openLab(t, lab(t, name+"-dsb.pcapng"), "") // the keys are in the capture
		theirs := proxytest.Tshark(t, file, strconv.Itoa(int(l.port)), keys)
		if len(theirs) != len(l.list) || len(inside.list) != len(l.list) || len(theirs) == 0 {
			t.Fatalf("%s: %d connections, tshark %d, with a secrets block %d", name, len(l.list), len(theirs), len(inside.list))
		}
		for i, s := range l.list {
			their := slices.IndexFunc(theirs, func(x proxytest.Stream) bool { return x.Client == s.client })
			if their < 0 {
				t.Fatalf("%s: tshark has no connection from %s", name, s.client)
			}
			for dir := range s.heard.plain {
				got, want := s.heard.plain[dir].Bytes(), theirs[their].Said[dir]
				if !bytes.Equal(got, want) || len(got) == 0 {
					t.Errorf("%s, connection %d, %v: %d bytes differ from tshark's %d", name, i, capture.Direction(dir), len(got), len(want))
				}
				if !bytes.Equal(inside.list[i].heard.plain[dir].Bytes(), got) {
					t.Errorf("%s, connection %d: the keys in the capture give other plaintext", name, i)
				}
			}
			if n := s.heard.count(BadTag) + s.heard.count(NoKeys); n > 0 || len(s.heard.dark) > 0 || !s.tls.Facts().Opened {
				t.Errorf("%s, connection %d: %d records not opened, dark %q", name, i, n, s.heard.dark)
			}
		}
	}
}
