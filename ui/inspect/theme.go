package inspect

import (
	"github.com/gdamore/tcell/v2"

	"imapscope/ui/inspect/panes"
)

// Themes are the themes that Options.Theme can name; "" is auto.
const Themes = "auto, light, dark or terminal"

// autoTheme is light on a terminal with a light background, as far as that can be found out,
// and otherwise the terminal's own colours.
const autoTheme = "auto"

// ChooseTheme returns the look that a flag, else the variable IMAPSCOPE_THEME, else the
// terminal asks for. Ask reports that only the terminal can say more. The variables are read
// with getenv.
func ChooseTheme(flag string, getenv func(string) string) (look panes.Look, ask bool, err error) {
	for _, name := range []string{flag, getenv("IMAPSCOPE_THEME")} {
		switch name {
		case "":
			continue
		case autoTheme:
		default:
			look, err = panes.LookNamed(name)
			return look, false, err
		}
		break
	}
	if look, known := panes.LookOf(getenv("COLORFGBG")); known {
		return look, false, nil
	}
	return panes.Own, true, nil
}

// paletteColours is the number of colours that most terminals have.
const paletteColours = 256

// opened gives the screen the theme's background, once there is a screen.
func (x *inspector) opened() {
	s := x.main.screen
	*x.theme = *panes.NewTheme(x.scheme, s.Colors())
	s.SetStyle(x.theme.Plain)
	x.prompt.SetFieldStyle(x.theme.Plain).SetLabelStyle(x.theme.Key)
}

// setLook shows everything in other colours.
func (x *inspector) setLook(l panes.Look) {
	x.scheme = l
	if x.main.screen != nil {
		x.opened()
	}
	x.model.Forget()
	x.selected()
	if x.lesson != nil {
		x.lesson.Show(*x.lesson.Page())
	}
	x.redraw()
}

// toggleTheme goes from the terminal's own colours to light, to dark, and back.
func (x *inspector) toggleTheme() {
	if x.scheme == panes.NoLook {
		x.report("NO_COLOR is set: there are no colours")
		return
	}
	next := map[panes.Look]panes.Look{panes.Own: panes.Light, panes.Light: panes.Dark, panes.Dark: panes.Own}
	x.setLook(next[x.scheme])
	x.report("theme: " + x.scheme.String())
}

// openScreen opens the terminal, if the inspector has no other screen, and asks it for its
// background if nothing else said.
func (x *inspector) openScreen() error {
	if x.Screen != nil || !x.AskTheme || x.scheme != panes.Own || !answersBackground() {
		return nil
	}
	s, err := newScreen(func(light bool) {
		if light {
			x.later(func() { x.setLook(panes.Light) })
		}
	})
	if err != nil {
		return err
	}
	x.app.SetScreen(s)
	s.EnableMouse()
	return nil
}

// startedScreen is a screen that was initialized already: tview does so again, without looking
// at the error.
type startedScreen struct{ tcell.Screen }

// Init implements tcell.Screen.
func (startedScreen) Init() error { return nil }

// draw shows the inspector on the terminal and handles keys until the inspector is left.
func (x *inspector) draw() error {
	if err := x.openScreen(); err != nil {
		return err
	}
	return x.app.Run()
}
