//! The templates: sentences and fragments with slots for names.
//!
//! Spaces separate words. `{PER}`: first name and surname; `{GIVEN}`, `{SURNAME}`: one of them, a person;
//! `{LOC}`, `{ORG}`: a name of that type; `{CLUB}`: a place's name that means its club, an organization;
//! `{TRADE}`, `{MONTH}`, `{YEAR}`, `{NUMBER}`: words without a tag.

/// Templates of every split.
pub(super) const SHARED: &[&str] = &[
    "REDIRECCIÓN {PER}",
    "REDIRECCIÓN {LOC}",
    "REDIRECCIÓN {ORG}",
    "#REDIRECCIÓN {PER}",
    "* {PER}",
    "* {LOC}",
    "* {ORG}",
    "** {LOC} ( Embajada )",
    "** {LOC} ( Consulado General )",
    "'' {PER} ''",
    "'' {ORG} ''",
    "{PER} ( {YEAR} )",
    "{PER} - {LOC}",
    "{LOC} , {LOC}",
    "{PER} , {TRADE} .",
    "{PER} ( {TRADE} )",
    "{PER} nació en {LOC} .",
    "{PER} nació en {LOC} el {NUMBER} de {MONTH} de {YEAR} .",
    "{PER} murió en {LOC} en {YEAR} .",
    "Nació en {LOC} , hijo de {PER} y de {PER} .",
    "{PER} fue {TRADE} y vivió en {LOC} hasta {YEAR} .",
    "El {TRADE} {SURNAME} jugó en el {ORG} .",
    "{SURNAME} marcó el gol del {ORG} en el minuto {NUMBER} .",
    "En {YEAR} fichó por el {ORG} .",
    "El {CLUB} ganó al {ORG} por {NUMBER} a {NUMBER} .",
    "El {ORG} perdió ante el {CLUB} en el último partido .",
    "{GIVEN} llegó tarde a la reunión de {LOC} .",
    "{GIVEN} y {GIVEN} viajaron juntos a {LOC} .",
    "La ciudad de {LOC} está al norte de {LOC} .",
    "La capital de {LOC} tiene {NUMBER} teatros .",
    "La sede de {ORG} está en {LOC} .",
    "{ORG} tiene su sede en {LOC} .",
    "El presidente de {ORG} , {PER} , visitó {LOC} .",
    "{PER} trabajó para {ORG} en {LOC} .",
    "{PER} estudió en la {ORG} .",
    "Fue miembro de {ORG} desde {YEAR} .",
    "El río cruza {LOC} y llega hasta {LOC} .",
    "La novela de {PER} se publicó en {YEAR} .",
    "El libro fue publicado por {ORG} en {MONTH} de {YEAR} .",
    "Según {SURNAME} , la obra se terminó en {YEAR} .",
    "El tren sale de {LOC} a las {NUMBER} .",
    "{LOC} : {NUMBER} habitantes .",
    "Categoría : {LOC}",
    "Aeropuerto de {LOC} .",
    "Archivo : {PER} , {YEAR} .",
    "En {MONTH} llovió mucho en {LOC} .",
    "El disco se grabó en {NUMBER} días .",
    "La película se estrenó en {YEAR} .",
    "Véase también : {PER} .",
    "{PER} sustituyó a {PER} como {TRADE} .",
    "{GIVEN} saludó a {SURNAME} en la puerta .",
];

/// Templates of the training split alone.
pub(super) const TRAIN: &[&str] = &[
    "* {PER} , {PER} y {PER}",
    "{NUMBER} . {PER} ( {LOC} )",
    "{PER} , natural de {LOC} , es {TRADE} .",
    "El equipo de {LOC} contrató a {PER} .",
    "{ORG} - {ORG}",
    "La carta de {GIVEN} llegó desde {LOC} .",
    "Los vecinos de {LOC} esperaban a {PER} .",
    "{ORG} anunció la salida de {SURNAME} .",
    "El {CLUB} jugó en {LOC} .",
    "Trabaja en {ORG} con {PER} .",
    "De {LOC} a {LOC} hay {NUMBER} kilómetros .",
    "{PER} fue elegido por {ORG} en {YEAR} .",
];

/// Templates of the validation and test splits alone.
pub(super) const HELD_OUT: &[&str] = &[
    "{PER} y {PER} viven en {LOC} .",
    "** {PER} ( {LOC} )",
    "{ORG} , {LOC}",
    "El alcalde de {LOC} , {PER} , dimitió en {MONTH} .",
    "{PER} dejó {ORG} en {YEAR} .",
    "El {CLUB} venció al {CLUB} .",
    "{SURNAME} volvió a {LOC} con {GIVEN} .",
    "{ORG} compró la casa de {PER} .",
];
