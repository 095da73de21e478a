module tickets.example/ticket

go 1.26
