package intercept

import (
	"errors"
	"fmt"
	"strings"

	"imapscope/capture"
	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// MaxAnswer is the number of bytes of an answer in the server's place at most.
const MaxAnswer = 64 << 10

// Answer drops a held request and answers it in the server's place. Each line of text is one of
// the answer: one that begins with "*" or "+" as it is; one that begins with OK, NO or BAD is the
// tagged response, and gets the request's tag. No text is an OK. The answer must end the command,
// with its tagged response or with a BYE.
func (h *Holds) Answer(id int, text string) error {
	w, err := h.Find(id)
	if err != nil {
		return err
	}
	if !w.request {
		return errors.New("only a command can be answered")
	}
	raw, err := answer(w.Tag, text)
	if err != nil {
		return err
	}
	c := w.on
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.side[capture.ServerToClient].off == 0 {
		return errors.New("the server has not sent its greeting, which comes before any answer")
	}
	if err := h.release(id, verdict{changes: true}); err != nil {
		return err
	}
	if !c.ended {
		did := note{kind: capture.ByEdit, text: "answered in the server's place: " + w.name, tag: w.shownTag}
		c.change()
		c.own(capture.ServerToClient, own{raw: raw, notes: []note{did}, decoded: true})
	}
	return nil
}

// CheckAnswer returns what is wrong with a text for Holds.Answer; nil if it can be sent.
func (w *Held) CheckAnswer(text string) error {
	_, err := answer(w.Tag, text)
	return err
}

// answer returns what is sent for a text.
func answer(tag, text string) (raw []byte, err error) {
	if len(text) > MaxAnswer {
		return nil, fmt.Errorf("the answer has %d bytes; the limit is %d", len(text), MaxAnswer)
	}
	if strings.TrimSpace(text) == "" {
		text = protocol.OK + " done"
	}
	ends := false
	for i, line := range strings.Split(strings.TrimRight(text, "\r\n"), "\n") {
		line = strings.TrimSuffix(line, "\r")
		first, rest := wire.Word([]byte(line))
		status := protocol.StatusEffect(first)
		second, _ := wire.Word(rest)
		switch {
		case ends:
			return nil, fmt.Errorf("line %d: it comes after the end of the answer", i+1)
		case string(first) == protocol.TagReady:
		case string(first) == protocol.TagUntagged:
			ends = protocol.StatusEffect(second) == protocol.SaysBye
		case status == protocol.Succeeds, status == protocol.Refuses, status == protocol.Rejects:
			line, ends = tag+" "+line, true
		default:
			return nil, fmt.Errorf("line %d: it begins with neither *, +, %s, %s nor %s", i+1, protocol.OK, protocol.NO, protocol.BAD)
		}
		if strings.ContainsAny(line, "\r\x00") {
			return nil, fmt.Errorf("line %d: it has a CR or a NUL", i+1)
		}
		framed := line + "\r\n"
		if m, n := wire.Split([]byte(framed), false); n != len(framed) || len(m.Literals) > 0 {
			return nil, fmt.Errorf("line %d: it announces a literal, which an answer cannot have; write a quoted string", i+1)
		}
		raw = append(raw, framed...)
	}
	if !ends {
		return nil, fmt.Errorf("the answer does not end the command: its last line begins with %s, %s or %s, or is * %s",
			protocol.OK, protocol.NO, protocol.BAD, protocol.BYE)
	}
	return raw, nil
}
