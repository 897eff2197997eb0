package main

import (
	"sync"

	"github.com/gdamore/tcell/v2"
)

// glass is a screen that can be looked at while it is drawn.
type glass struct {
	tcell.SimulationScreen
	mu    sync.Mutex
	width int
	cells []tcell.SimCell
}

// Show implements tcell.Screen.
func (g *glass) Show() { g.SimulationScreen.Show(); g.copy() }

// Sync implements tcell.Screen.
func (g *glass) Sync() { g.SimulationScreen.Sync(); g.copy() }

func (g *glass) copy() {
	cells, w, _ := g.GetContents()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.width = w
	g.cells = append(g.cells[:0], cells...)
}
