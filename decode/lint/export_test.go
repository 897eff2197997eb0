package lint

// Full makes l parse every response as a whole.
func (l *Linter) Full() { l.parser.Brief = false }
