package conform

import (
	"embed"
	"fmt"
	"path"
	"strings"
)

//go:embed scripts
var files embed.FS

// setup is the file of the steps that come before and after those of a script.
const setup = "setup.txt"

// Embedded returns the scripts that are part of the program, ordered by name.
func Embedded() ([]*Script, error) {
	list, err := files.ReadDir("scripts")
	if err != nil {
		return nil, err
	}
	var out []*Script
	for _, f := range list {
		if f.Name() == setup || path.Ext(f.Name()) != ".txt" {
			continue
		}
		s, err := embedded(f.Name())
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

func embedded(name string) (*Script, error) {
	b, err := files.ReadFile(path.Join("scripts", name))
	if err != nil {
		return nil, err
	}
	return Parse(strings.TrimSuffix(name, ".txt"), b)
}

// ownScripts are the steps that a Runner takes itself, and its messages.
type ownScripts struct {
	steps map[string]*Step
	mail  [][]byte
}

func loadOwn() (*ownScripts, error) {
	s, err := embedded(setup)
	if err != nil {
		return nil, err
	}
	mbox, err := files.ReadFile("scripts/mail.mbox")
	if err != nil {
		return nil, err
	}
	x := &ownScripts{steps: make(map[string]*Step), mail: ReadMail(mbox)}
	for i := range s.Steps {
		x.steps[s.Steps[i].Title] = &s.Steps[i]
	}
	x.steps["greeting"] = &Step{Title: "greeting"}
	return x, nil
}

// step returns one of the steps.
func (x *ownScripts) step(title string) *Step {
	s := x.steps[title]
	if s == nil {
		panic(fmt.Sprintf("conform: there is no step %q", title)) // a mistake in this package
	}
	return s
}
