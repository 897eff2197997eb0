package lesson

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Place is what a step points at: a transaction, or a line, a word or a byte of its
// exchange.
type Place struct {
	Conn     int  // of all the lesson's recordings, from 1
	Txn      int  // decode.Transaction.N
	Greeting bool // the server's first line, which is outside any transaction; Txn is 0

	// Message is a line of the exchange: 1 is the request, the others follow in the
	// order of the decoder's events. 0: not given.
	Message int
	// Word is one of explain's tokens in that line, or in the first that has it,
	// in any letter case, with or without its quotes. Empty: not given.
	Word string
	// Octet is a byte of that line, from 0. -1: not given.
	Octet int
}

// IsZero reports whether p points at nothing.
func (p Place) IsZero() bool { return p.Txn == 0 && !p.Greeting }

// String returns the place as a lesson writes it.
func (p Place) String() string {
	if p.IsZero() {
		return ""
	}
	var b strings.Builder
	if p.Conn != 1 {
		fmt.Fprintf(&b, "%d/", p.Conn)
	}
	if p.Greeting {
		b.WriteString("greeting")
	} else {
		b.WriteString(strconv.Itoa(p.Txn))
	}
	if p.Message > 0 {
		fmt.Fprintf(&b, " line %d", p.Message)
	}
	if p.Word != "" {
		b.WriteString(" word " + p.Word)
	} else if p.Octet >= 0 {
		fmt.Fprintf(&b, " octet %d", p.Octet)
	}
	return b.String()
}

var errPlace = errors.New("write at: [CONNECTION/]TRANSACTION [line N] [word TEXT | octet N], as in at: 3 line 2 word EXISTS")

// parsePlace parses the value of at:.
func parsePlace(s string) (Place, error) {
	word, rest := cutWord(s)
	p, err := ParseTransaction(word)
	if err != nil {
		return p, fmt.Errorf("%w; %w", err, errPlace)
	}
	for rest != "" {
		var key, value string
		key, rest = cutWord(rest)
		switch {
		case rest == "":
			return Place{}, fmt.Errorf("%q has no value; %w", key, errPlace)
		case key == "word":
			p.Word, rest = rest, ""
			continue
		}
		value, rest = cutWord(rest)
		n, ok := number(value)
		switch {
		case key == "line" && ok && n > 0 && p.Message == 0 && !p.Greeting:
			p.Message = n
		case key == "octet" && ok && (p.Message > 0 || p.Greeting) && rest == "":
			p.Octet = n
		case key == "octet" && ok && rest == "":
			return Place{}, errors.New("octet without a line; " + errPlace.Error())
		case key == "line" && p.Greeting:
			return Place{}, errors.New("the greeting is a single line; remove line")
		default:
			return Place{}, fmt.Errorf("%q is not understood; %w", key+" "+value, errPlace)
		}
	}
	return p, nil
}

// ParseTransaction parses [CONN/]TXN or [CONN/]greeting.
func ParseTransaction(s string) (Place, error) {
	p := Place{Conn: 1, Octet: -1}
	if conn, txn, ok := strings.Cut(s, "/"); ok {
		n, isNumber := number(conn)
		if !isNumber || n == 0 {
			return Place{Octet: -1}, fmt.Errorf("%q is not a connection; the first is 1", conn)
		}
		p.Conn, s = n, txn
	}
	if s == "greeting" {
		p.Greeting = true
		return p, nil
	}
	n, ok := number(s)
	if !ok || n == 0 {
		return Place{Octet: -1}, fmt.Errorf("%q is not a transaction; the first is 1, and the server's first line is greeting", s)
	}
	p.Txn = n
	return p, nil
}

// number parses digits, at most nine.
func number(s string) (int, bool) {
	if len(s) == 0 || len(s) > 9 || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}

func cutWord(s string) (word, rest string) {
	word, rest, _ = strings.Cut(strings.TrimSpace(s), " ")
	return word, strings.TrimSpace(rest)
}
