package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// A step is a key, and what is seen once it has been pressed.
type step struct {
	key  string
	done func(was, is *sight) bool
}

// What a key does.
func movesRow(was, is *sight) bool     { return is.row != "" && is.row != was.row }
func movesDetail(was, is *sight) bool  { return is.detail != was.detail }
func movesFocus(was, is *sight) bool   { return is.focus != "" && is.focus != was.focus }
func changesTitle(was, is *sight) bool { return is.title != was.title }

// types reports whether a prompt, or the list of what is offered above it, has changed.
func types(was, is *sight) bool { return is.foot != was.foot || is.detail != was.detail }

// foots returns what reports that the last line begins so.
func foots(prefix string) func(was, is *sight) bool {
	return func(_, is *sight) bool { return strings.HasPrefix(strings.TrimLeft(is.foot, " "), prefix) }
}

// titles returns what reports whether the title of the transactions has a text.
func titles(text string, has bool) func(was, is *sight) bool {
	return func(_, is *sight) bool { return strings.Contains(is.title, text) == has && is.title != "" }
}

const (
	pageDown = "\x1b[6~"
	pageUp   = "\x1b[5~"
	enter    = "\r"
	tab      = "\t"
)

// steps returns what a person does at the inspector: it moves in the transactions and in the
// detail, looks at tabs, sorts, filters and searches. At the end everything is shown again, in
// the next order.
func steps() (list []step) {
	add := func(done func(was, is *sight) bool, keys ...string) {
		for _, k := range keys {
			list = append(list, step{k, done})
		}
	}
	add(movesRow, "G", "k", "k", "g", "j", "j", "j", "j", pageDown, pageDown, "j", "j", pageUp, "k", "j")
	add(movesFocus, enter)
	add(movesDetail, "j", "k", "2", "3", "4", "5", "6", "1")
	add(movesFocus, tab, tab)
	add(movesRow, "j", "j", pageDown)
	add(foots("filter:"), "f")
	add(types, strings.Split(`status=="NO"`, "")...)
	add(titles("filter", true), enter)
	add(movesRow, "j", "j", "k")
	add(titles("filter", false), "F")
	add(foots("/"), "/")
	add(types, strings.Split("noop", "")...)
	add(movesRow, enter, "n", "n", "N")
	add(sorts, "s")
	add(movesRow, "j", "j", pageDown, "G", "k", "g", "j")
	add(reverses, "S")
	add(movesRow, "j", pageDown)
	return list
}

// sorts is true once the next order is shown: after that of the last column, it is the order of
// arrival again.
func sorts(_, is *sight) bool {
	return strings.Contains(is.foot, "sorted") || strings.Contains(is.foot, "in the order of arrival")
}

// reverses is true once the order is the other one, or there is none.
func reverses(was, is *sight) bool {
	return changesTitle(was, is) || strings.Contains(is.foot, "not sorted yet")
}

// reading reports whether the capture is still being read, as far as is seen.
func (is *sight) reading() bool { return !strings.HasPrefix(is.foot, " ended") }

// inspect runs the inspector, and presses keys while it reads and afterwards.
func (p pace) inspect(ctx context.Context, imapscope, file string) (sample, error) {
	t, err := startTypist(ctx, imapscope, "inspect", "--theme", "terminal", file)
	if err != nil {
		return nil, err
	}
	s, err := p.sit(t)
	ended, err2 := t.quit()
	if err := errors.Join(err, err2); err != nil {
		return nil, err
	}
	s[peak.afterwards()] = ended[peak.afterwards()]
	return s, nil
}

// sit presses keys as soon as there are rows: while the capture is read, and afterwards.
func (p pace) sit(t *typist) (sample, error) {
	at, err := t.see("the first rows", func(is *sight) bool { return is.row != "" })
	if err != nil {
		return nil, err
	}
	s := sample{firstRows: at.Sub(t.begin).Seconds()}
	list := steps()
	reading, err := p.session(t, list, (*sight).reading)
	if err != nil {
		return nil, err
	}
	reading.into(s, func(q quantity) quantity { return q })
	t.patient = readPatience
	if is := t.screen.look(); is.reading() {
		if _, err := t.see("the end of the capture", func(is *sight) bool { return !is.reading() }); err != nil {
			return nil, err
		}
	}
	t.patient = patience
	after, err := p.session(t, list, func(*sight) bool { return true })
	after.into(s, quantity.afterwards)
	return s, err
}

// readPatience is how long a capture may take to be read.
const readPatience = time.Hour

// session presses the keys of a list, as many as the pace has, all of the list again and again as long
// as more is true of what is seen. A key waits until there are rows: an order that is being made has
// none.
func (p pace) session(t *typist, list []step, more func(*sight) bool) (took times, err error) {
	for n := 0; n < p.keys || n%len(list) != 0; n++ {
		is := t.screen.look()
		if n%len(list) == 0 && !more(&is) {
			break
		}
		if !is.rows {
			if _, err := t.see("rows", func(is *sight) bool { return is.rows }); err != nil {
				return took, err
			}
		}
		k := list[n%len(list)]
		d, err := t.press(k.key, k.done)
		if err != nil {
			return took, fmt.Errorf("after %d keys: %w", n, err)
		}
		took = append(took, d)
		if err := t.rest(p.pause); err != nil {
			return took, err
		}
	}
	return took, nil
}
