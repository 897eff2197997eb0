package redact

import (
	"bytes"
	"slices"
	"time"

	"imapscope/decode"
	"imapscope/decode/wire"
)

// server is the message that a server is sending.
type server struct {
	from int64  // where it began; where its line did, if framing may be lost
	head []byte // its first octets, maxHead at most
	sure bool   // framing is not lost
	cut  bool   // its line began with octets that were lost
}

// maxHead is how many octets tell a text from data: "* PREAUTH ".
const maxHead = 10

// fromServer frames what the server sent.
func (k *conn) fromServer(t time.Time, p []byte) {
	s := &k.server
	at := k.pos[fromServer]
	pos := at + int64(len(p))
	k.pos[fromServer] = pos
	if k.up != 0 {
		k.decide(fromServer, pos)
		return
	}
	events := k.dec.Write(fromServer, t, p)
	k.learn(events)
	if withdraws(events) {
		k.client.framer.Refuse()
		k.endMessage()
	}
	if i := bytes.LastIndexByte(p, '\n'); !s.sure && i >= 0 {
		k.unsure(at + int64(i) + 1)
	}
	if s.from >= at {
		s.head = append(s.head[:0], p[s.from-at:][:min(maxHead, int(pos-s.from))]...)
	} else if n := maxHead - len(s.head); n > 0 {
		s.head = append(s.head, p[:min(n, len(p))]...)
	}
	switch {
	case k.up != 0, !k.known.any(), s.sure && isData(s.head):
		k.decide(fromServer, pos)
	default:
		k.decide(fromServer, s.from)
	}
}

// withdraws: a client's literal is, if its message ends with what the server says.
func withdraws(events []decode.Event) bool {
	return slices.ContainsFunc(events, func(e decode.Event) bool {
		m, ok := e.(*decode.Message)
		return ok && m.Dir == fromClient
	})
}

// isData reports whether a response that begins with head is none that is meant
// for human eyes. When it is too short to tell, it is not.
func isData(head []byte) bool {
	if len(head) <= len("* ") || string(head[:2]) != "* " {
		return false
	}
	i := bytes.IndexAny(head[2:], " \r\n")
	return !wire.IsText(head) && (i >= 0 || len(head) == maxHead)
}

// unsure looks through lines that may be anything, up to at.
func (k *conn) unsure(at int64) {
	s := &k.server
	if k.known.any() {
		how := hideEchoes
		if s.cut {
			how = hideText // a secret may have been cut too
		}
		k.edit(fromServer, s.from, at, how)
	}
	k.decide(fromServer, at)
	s.from, s.cut = at, false
}

// response sees a whole response.
func (k *conn) response(m *decode.Message) {
	s := &k.server
	end := m.Off + m.Len + m.Lost
	if m.Word == "PREAUTH" {
		k.loggedIn = true
	}
	if k.known.any() {
		if !s.sure {
			k.unsure(m.Off)
		}
		k.text(m)
	}
	s.from, s.sure, s.cut = end, true, false
	k.decide(fromServer, end)
}

// text hides what a response that is meant for human eyes repeats of a secret.
func (k *conn) text(m *decode.Message) {
	words := 2
	switch m.Kind {
	case decode.Untagged, decode.Greeting:
		if !wire.IsStatus([]byte(m.Word)) {
			return
		}
	case decode.Ready:
		words = 1
	case decode.Tagged:
		if m.Word == "" {
			words = 1 // RFC 1176's own example: "A006 Expunge complete" (p. 9)
		}
		k.tag(m)
	case decode.Junk:
		words = 0
	}
	at, _ := skipWords(m.Raw, words)
	text := bytes.TrimRight(m.Raw[at:], "\r\n")
	k.echoes(m, at, text)
}

func (k *conn) echoes(m *decode.Message, at int, text []byte) {
	off := m.Off + int64(at)
	if k.known.all || m.Elided > 0 || m.Broken {
		k.edit(fromServer, off, m.Off+m.Len, hideText)
		return
	}
	for _, x := range k.known.find(text) {
		k.edit(fromServer, off+int64(x.Start), off+int64(x.End), hideAll)
	}
}

// tag hides a tag that is a secret: a server took one for a command.
func (k *conn) tag(m *decode.Message) {
	switch {
	case m.Txn.Secret || slices.Contains(k.strayed, string(m.Tag)):
		k.edit(fromServer, m.Off, m.Off+int64(len(m.Tag)), hideAll)
	case m.Txn.Outcome == decode.Orphan:
		k.echoes(m, 0, m.Tag)
	}
}

// forceText decides about a text that is too long to be held: what follows its
// first words is hidden.
func (k *conn) forceText() {
	pos := k.pos[fromServer]
	at := k.decided[fromServer]
	if at == pos {
		return
	}
	if at == k.server.from && k.server.sure {
		raw := k.queue.gather(nil, fromServer, at, pos)
		n, _ := skipWords(raw, 2)
		at += int64(n)
	}
	k.edit(fromServer, at, pos, hideText)
	k.decide(fromServer, pos)
}

// serverLost sees that n octets were not captured, after the Decoder told what
// that ended.
func (k *conn) serverLost(n int64) {
	s := &k.server
	at := k.pos[fromServer]
	if k.known.any() {
		k.edit(fromServer, k.decided[fromServer], at, hideText)
	}
	s.from, s.head, s.sure, s.cut = at+n, s.head[:0], false, true
}
