package redact

import (
	"bytes"
	"slices"
	"time"

	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// server is the message that a server is sending.
type server struct {
	from int64       // where it began; where its line began, if framing is lost
	head []byte      // its first bytes, at most maxHead
	lost bool        // framing is lost
	seek wire.Framer // finds framing again
	cut  bool        // its line began with bytes that were lost
}

func (s *server) lose(pool *wire.Pool) {
	s.lost = true
	s.seek.Init(false, 0, pool)
	s.seek.Use(protocol.Words{})
	s.seek.Skip()
}

// maxHead is how many bytes are needed to distinguish text from data. Even a text
// may begin with a number: "* 4294967295 PREAUTH ".
const maxHead = 21

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
	if s.lost {
		k.find(at, p)
	}
	events := k.dec.Write(fromServer, t, p)
	k.learn(events)
	if withdraws(events) {
		k.client.framer.Refuse()
		k.endMessage()
	}
	if s.from >= at {
		s.head = append(s.head[:0], p[s.from-at:][:min(maxHead, int(pos-s.from))]...)
	} else if n := maxHead - len(s.head); n > 0 {
		s.head = append(s.head, p[:min(n, len(p))]...)
	}
	switch {
	case k.up != 0, !k.alert(), !s.lost && isData(s.head):
		k.decide(fromServer, pos)
	default:
		k.decide(fromServer, s.from)
	}
}

// alert reports whether a server may repeat a secret: one was sent, or is being sent.
func (k *conn) alert() bool {
	return k.all || k.dec.Session().Words() != nil || k.client.from < k.pos[fromClient]
}

// withdraws reports whether the server's response withdraws the client's literal, which ends the client's message.
func withdraws(events []decode.Event) bool {
	return slices.ContainsFunc(events, func(e decode.Event) bool {
		m, ok := e.(*decode.Message)
		return ok && m.Dir == fromClient
	})
}

// isData reports whether a response that begins with head is not human-readable
// text. It reports false if head is too short to decide.
func isData(head []byte) bool {
	if !bytes.HasPrefix(head, []byte("* ")) {
		return false
	}
	kind, rest := wire.Word(head[2:])
	if isNumber(kind) {
		kind, rest = wire.Word(rest)
	}
	return (rest != nil || len(head) == maxHead) && !wire.IsStatus(kind)
}

func isNumber(word []byte) bool {
	return len(word) > 0 && len(bytes.TrimLeft(word, "0123456789")) == 0
}

// find searches for the beginning of a response, in step with the Decoder.
func (k *conn) find(at int64, p []byte) {
	s := &k.server
	n, mark := s.seek.Write(p)
	if mark == wire.Found {
		k.passOver(at + int64(n) - s.seek.Len())
		s.lost = false
		k.pool.Put(s.seek.Reset())
	} else if i := bytes.LastIndexByte(p, '\n'); i >= 0 {
		k.passOver(at + int64(i) + 1)
	}
}

// passOver searches lines that may be anything for secrets.
func (k *conn) passOver(at int64) {
	s := &k.server
	if k.alert() {
		how := hideEchoes
		if s.cut {
			how = hideText // a secret may have been cut too
		}
		k.edit(fromServer, s.from, at, how)
	}
	k.decide(fromServer, at)
	s.from, s.cut = at, false
}

// response handles a complete response.
func (k *conn) response(m *decode.Message) {
	if m.Row.Does(protocol.PreAuthenticates) {
		k.loggedIn = true
	}
	if k.alert() {
		k.text(m)
	}
	k.server.from = m.Off + m.Len + m.Lost
	k.decide(fromServer, k.server.from)
}

// text hides what a response repeats of a secret. If part of a secret may be cut or
// unknown, it hides all human-readable text.
func (k *conn) text(m *decode.Message) {
	at, isText := len(m.Raw), m.Text != nil || m.Kind == decode.Junk
	switch {
	case m.Kind == decode.Junk:
		at = 0
	case isText:
		at = max(cap(m.Raw)-cap(m.Text), 0)
	}
	all := k.known().All()
	if isText && (all || m.Elided > 0 || m.Broken) {
		k.edit(fromServer, m.Off+int64(at), m.Off+m.Len, hideText)
	}
	if all && m.Kind == decode.Tagged && m.Txn.Outcome == decode.Orphan {
		k.edit(fromServer, m.Off, m.Off+int64(len(m.Tag)), hideAll)
	}
	for _, x := range m.Secrets {
		if all && x.Start >= at {
			continue // its spaces stay
		}
		k.edit(fromServer, m.Off+int64(x.Start), m.Off+int64(x.End), hideAll)
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
	if at == k.server.from && !k.server.lost {
		raw := k.queue.gather(nil, fromServer, at, pos)
		n, _ := skipWords(raw, 2)
		at += int64(n)
	}
	k.edit(fromServer, at, pos, hideText)
	k.decide(fromServer, pos)
}

// serverLost handles the loss of n bytes; events are those of the Decoder for it.
func (k *conn) serverLost(n int64, events []decode.Event) {
	s := &k.server
	pos := k.pos[fromServer]
	inLiteral := !s.lost && s.from < pos && len(events) == 0
	k.learn(events)
	if inLiteral {
		return
	}
	if k.alert() {
		k.edit(fromServer, k.decided[fromServer], pos, hideText)
	}
	s.from, s.head, s.cut = pos+n, s.head[:0], true
	k.pool.Put(s.seek.Reset())
	s.lose(k.pool)
}
