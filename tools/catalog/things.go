package catalog

// Things are the kinds of things that shops sell, by general words of both
// languages, whether this shop has them or not: whoever reads a message learns
// from them that it names a new kind. The id is the first word of a line.
func Things() ([]Term, error) {
	return general(func(line line) bool { return line.section != "" })
}

// Features are what things are like, by general words of both languages: a
// question in one is answered from a text in the other.
func Features() ([]Term, error) {
	return general(func(line line) bool { return line.section == "" })
}

func general(wanted func(line) bool) ([]Term, error) {
	l, err := loadLexicon()
	if err != nil {
		return nil, err
	}
	var out []Term
	for _, line := range l.lines {
		if !wanted(line) || len(line.names) == 0 {
			continue
		}
		t := Term{ID: line.names[0], Names: map[string][]string{}}
		for _, w := range line.names {
			lang := "en"
			if hasHan(w) {
				lang = "zh"
			}
			t.Names[lang] = append(t.Names[lang], w)
		}
		out = append(out, t)
	}
	return out, nil
}
