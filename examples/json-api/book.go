package main

// Book is what the API is about.
type Book struct {
	ID     string `json:"id"`
	Title  string `json:"title"`
	Author string `json:"author"`
	Year   int    `json:"year"`
}

// seed returns the books that there are.
func seed() []Book {
	return []Book{
		{"1", "Flatland", "Edwin A. Abbott", 1884},
		{"2", "The Time Machine", "H. G. Wells", 1895},
		{"3", "The Invisible Man", "H. G. Wells", 1897},
	}
}
