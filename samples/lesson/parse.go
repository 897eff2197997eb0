package lesson

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"imapscope/proxy/intercept/fault"
)

// Parse parses a lesson. The error is a Faults with all faults, so an author can fix them
// in one pass.
func Parse(file string, text []byte) (*Lesson, error) {
	p := &parser{lesson: &Lesson{
		File:  file,
		ID:    strings.TrimSuffix(filepath.Base(filepath.ToSlash(file)), ".md"),
		lines: lines{},
	}}
	p.parse(text)
	if len(p.faults) > 0 {
		sortFaults(p.faults)
		return nil, p.faults
	}
	return p.lesson, nil
}

type parser struct {
	lesson *Lesson
	faults Faults
}

func (p *parser) fault(line int, format string, args ...any) {
	p.faults = append(p.faults, Fault{p.lesson.File, line, fmt.Sprintf(format, args...)})
}

func sortFaults(f Faults) {
	slices.SortStableFunc(f, func(a, b Fault) int { return a.Line - b.Line })
}

func (p *parser) parse(text []byte) {
	if len(text) > MaxSize {
		p.fault(1, "this lesson has %d bytes, the maximum is %d; split it", len(text), MaxSize)
		return
	}
	list := strings.Split(strings.TrimPrefix(string(text), "\ufeff"), "\n")
	for i, s := range list {
		list[i] = strings.TrimRight(s, " \t\r")
		switch {
		case !utf8.ValidString(s):
			p.fault(i+1, "this line is not UTF-8; save the file as UTF-8")
		case strings.ContainsFunc(list[i], func(r rune) bool { return r != '\t' && unicode.IsControl(r) }):
			p.fault(i+1, "there is a control character in this line; remove it")
		}
	}
	if len(p.faults) > 0 {
		return
	}
	body := p.front(list)
	p.steps(list, body)
}

// front reads the front matter, and returns where the text begins.
func (p *parser) front(list []string) int {
	if list[0] != "---" {
		p.fault(1, "a lesson begins with a line ---, then title: and so on, then --- again")
		return 0
	}
	l := p.lesson
	for i := 1; i < len(list); i++ {
		if list[i] == "---" {
			if l.Title == "" && l.lines["title"] == nil {
				p.fault(1, "this lesson has no title; add title: between the two ---")
			}
			return i + 1
		}
		key, value, ok := p.pair(i+1, list[i])
		if !ok {
			continue
		}
		switch key {
		case "title":
			p.single(l.lines, key, &l.Title, value, i+1)
		case "about":
			p.single(l.lines, key, &l.About, value, i+1)
		case "recording":
			p.more(l.lines, key, &l.Recordings, value, i+1)
		case "quirk":
			p.more(l.lines, key, &l.Quirks, value, i+1)
		case "fault":
			p.more(l.lines, key, &l.Faults, value, i+1)
			if _, err := fault.Parse(value); err != nil {
				p.fault(i+1, "%v; see imapscope help faults", err)
			}
		default:
			list, _ := Keys()
			p.unknown(i+1, key, list)
		}
	}
	p.fault(1, "the front matter is not closed; end it with a line ---")
	return len(list)
}

// pair parses "key: value"; blank lines are allowed.
func (p *parser) pair(line int, s string) (key, value string, ok bool) {
	if strings.TrimSpace(s) == "" {
		return "", "", false
	}
	key, value, ok = strings.Cut(s, ":")
	key, value = strings.TrimSpace(key), strings.TrimSpace(value)
	if !ok || key == "" || strings.ContainsAny(key, " \t") {
		p.fault(line, "this is not a key with a value; write one per line, as in hint: Look at the tag.")
		return "", "", false
	}
	return key, value, true
}

// single sets a key that may occur once.
func (p *parser) single(at lines, key string, to *string, value string, line int) {
	switch {
	case at[key] != nil:
		p.fault(line, "%s: is already in line %d; remove one", key, at[key][0])
	case value == "":
		p.fault(line, "%s: has no value; add one, or remove the key", key)
		at[key] = append(at[key], line)
	default:
		*to = value
		at[key] = append(at[key], line)
	}
}

// more adds a value to a key that may be repeated.
func (p *parser) more(at lines, key string, to *[]string, value string, line int) {
	if value == "" {
		p.fault(line, "%s: has no value; add one, or remove the key", key)
		return
	}
	*to = append(*to, value)
	at[key] = append(at[key], line)
}

// steps parses the text: the introduction, and a step for each heading.
func (p *parser) steps(list []string, from int) {
	l := p.lesson
	step := Step{Line: 1, Heading: l.Title, At: Place{Octet: -1}, lines: lines{}}
	intro, body := true, from
	end := func(to int) {
		p.step(&step, body, list[body:to])
		if !intro || len(step.Text) > 0 || step.Kind() != Read {
			l.Steps = append(l.Steps, step)
		}
	}
	fenced := false // within a block, a line that begins with ## is a value
	for i := from; i < len(list); i++ {
		s := list[i]
		switch {
		case fenced:
			fenced = s != "```"
		case s == "```step":
			fenced = true
		case s == "##" || strings.HasPrefix(s, "## "):
			end(i)
			intro, body = false, i+1
			step = Step{Line: i + 1, Heading: strings.TrimSpace(s[2:]), At: Place{Octet: -1}, lines: lines{}}
			if step.Heading == "" {
				p.fault(i+1, "this step has no heading; write one after ##")
			}
		}
	}
	end(len(list))
	if len(l.Steps) == 0 && len(p.faults) == 0 {
		p.fault(len(list), "this lesson has no step; write some text")
	}
}

// step parses what follows a heading; list is the lines from index from, counted from 0.
func (p *parser) step(s *Step, from int, list []string) {
	block := slices.Index(list, "```step")
	if block < 0 {
		s.Text = p.text(from+1, list)
		if len(s.Text) == 0 && s.Line > 1 && len(p.faults) == 0 {
			p.fault(s.Line, "this step has no text; write a sentence under its heading")
		}
		return
	}
	s.Text = p.text(from+1, list[:block])
	rest := list[block+1:]
	n := slices.Index(rest, "```")
	if n < 0 {
		p.fault(from+block+1, "this block is not closed; end it with a line ```")
		return
	}
	for i, text := range rest[:n] {
		if key, value, ok := p.pair(from+block+2+i, text); ok {
			p.set(s, key, value, from+block+2+i)
		}
	}
	for i, text := range rest[n+1:] {
		if text != "" {
			p.fault(from+block+n+3+i, "a step ends with its block; move this line before it, or begin another step")
			break
		}
	}
	p.whole(s, from+block+1)
}
