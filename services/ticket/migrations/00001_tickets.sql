-- +goose Up
create table tickets (
  booking text primary key,
  id text not null unique,
  show text not null,
  seat text not null,
  holder text not null,
  issued_at timestamptz(3) not null default now()
);
