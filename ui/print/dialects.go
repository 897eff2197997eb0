package print

import "io"

func compareTo(w io.Writer, o TextOptions, text string) error { return nil }
