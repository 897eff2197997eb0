//go:build !unix

package inspect

import "github.com/gdamore/tcell/v2"

// newScreen returns the terminal's screen; what its background is cannot be asked.
func newScreen(func(light bool)) (tcell.Screen, error) {
	s, err := tcell.NewScreen()
	if err != nil {
		return nil, err
	}
	if err := s.Init(); err != nil {
		return nil, err
	}
	return startedScreen{s}, nil
}

func answersBackground() bool { return false }
