//! The names that are put into templates.

#[rustfmt::skip]
pub(super) const FIRST: &[&str] = &[
    "Adela", "Agustín", "Alba", "Alonso", "Amparo", "Andrés", "Ángela", "Antonio", "Arturo", "Aurora",
    "Baltasar", "Beatriz", "Benito", "Blanca", "Bruno", "Camila", "Carlos", "Carmen", "Catalina", "Cecilia",
    "César", "Clara", "Cristina", "Daniel", "Diego", "Dolores", "Eduardo", "Elena", "Elvira", "Emilio",
    "Enrique", "Esteban", "Eva", "Fabián", "Federico", "Felipe", "Fernando", "Francisca", "Gabriel", "Gerardo",
    "Gloria", "Gonzalo", "Graciela", "Guillermo", "Héctor", "Hugo", "Ignacio", "Inés", "Irene", "Isabel",
    "Iván", "Jaime", "Javier", "Joaquín", "Jorge", "José", "Josefa", "Juana", "Julia", "Julio", "Laura",
    "Leandro", "Leonor", "Lorenzo", "Lucía", "Luis", "Manuel", "Marcos", "María", "Mariana", "Mario", "Marta",
    "Martín", "Mateo", "Matilde", "Mercedes", "Miguel", "Mónica", "Nicolás", "Noelia", "Nuria", "Octavio",
    "Óscar", "Pablo", "Paloma", "Patricia", "Pedro", "Pilar", "Rafael", "Ramón", "Raquel", "Ricardo", "Roberto",
    "Rocío", "Rodrigo", "Rosa", "Rubén", "Salvador", "Sandra", "Santiago", "Sara", "Sebastián", "Silvia",
    "Simón", "Sofía", "Susana", "Teresa", "Tomás", "Valentina", "Vicente", "Víctor", "Violeta", "Ximena",
    "Yolanda",
];

/// Surnames; some are places too.
#[rustfmt::skip]
pub(super) const LAST: &[&str] = &[
    "Acosta", "Aguilar", "Alarcón", "Álvarez", "Arévalo", "Ávila", "Ayala", "Barrios", "Bautista", "Benítez",
    "Blanco", "Bravo", "Burgos", "Caballero", "Cabrera", "Calvo", "Campos", "Cano", "Carrasco", "Castillo",
    "Castro", "Cáceres", "Contreras", "Córdoba", "Cortés", "Crespo", "Cruz", "Delgado", "Díaz", "Domínguez",
    "Duarte", "Escobar", "Espinosa", "Estrada", "Fernández", "Figueroa", "Flores", "Fuentes", "Gallardo",
    "García", "Garrido", "Gil", "Giménez", "Gómez", "González", "Guerrero", "Gutiérrez", "Herrera", "Hidalgo",
    "Ibáñez", "Iglesias", "Jiménez", "Lara", "León", "López", "Lozano", "Luna", "Maldonado", "Marín", "Márquez",
    "Medina", "Méndez", "Mendoza", "Mérida", "Miranda", "Molina", "Montero", "Morales", "Moreno", "Muñoz",
    "Navarro", "Nieto", "Núñez", "Ojeda", "Ortega", "Ortiz", "Pacheco", "Palacios", "Pardo", "Peña", "Pérez",
    "Prieto", "Quintana", "Ramírez", "Ramos", "Redondo", "Reyes", "Ríos", "Rivera", "Robles", "Rojas", "Román",
    "Romero", "Rosales", "Rubio", "Ruiz", "Salazar", "Salinas", "Sánchez", "Santana", "Santos", "Serrano",
    "Sierra", "Soler", "Soria", "Sosa", "Soto", "Suárez", "Toledo", "Torres", "Trujillo", "Valencia", "Vargas",
    "Vázquez", "Vega", "Velasco", "Vera", "Vidal", "Villalba", "Zamora", "Zapata",
];

/// Places; some are surnames, first names or parts of clubs too.
#[rustfmt::skip]
pub(super) const PLACE: &[&str] = &[
    "Albacete", "Alcalá de Henares", "Alicante", "Almería", "Amberes", "Andalucía", "Antofagasta", "Aragón",
    "Arequipa", "Argentina", "Asunción", "Atenas", "Ávila", "Badajoz", "Barcelona", "Barranquilla", "Berlín",
    "Bilbao", "Bogotá", "Bolivia", "Bruselas", "Buenos Aires", "Burgos", "Cáceres", "Cádiz", "Cali", "Caracas",
    "Cartagena", "Castellón", "Cataluña", "Chile", "Ciudad de México", "Ciudad Real", "Colombia", "Córdoba",
    "Costa Rica", "Cuba", "Cuenca", "Cuzco", "Dublín", "Ecuador", "El Salvador", "España", "Estocolmo",
    "Francia", "Galicia", "Ginebra", "Girona", "Granada", "Guadalajara", "Guatemala", "Guayaquil", "Honduras",
    "Huelva", "Huesca", "Italia", "Jaén", "La Habana", "La Paz", "La Rioja", "León", "Lima", "Lisboa",
    "Logroño", "Londres", "Lugo", "Madrid", "Málaga", "Managua", "Maracaibo", "Medellín", "Mendoza", "Mérida",
    "México", "Montevideo", "Monterrey", "Moscú", "Murcia", "Nápoles", "Navarra", "Nicaragua", "Oaxaca",
    "Oviedo", "Palencia", "Palma de Mallorca", "Pamplona", "Panamá", "Paraguay", "París", "Perú", "Polonia",
    "Portugal", "Puebla", "Puerto Rico", "Quito", "Roma", "Rosario", "Salamanca", "San Sebastián", "Santander",
    "Santiago", "Santiago de Compostela", "Segovia", "Sevilla", "Soria", "Suecia", "Tarragona", "Teruel",
    "Tijuana", "Toledo", "Trujillo", "Turín", "Uruguay", "Valencia", "Valladolid", "Valparaíso", "Venecia",
    "Venezuela", "Veracruz", "Viena", "Vigo", "Zamora", "Zaragoza",
];

/// Organizations; `{LOC}` and `{LAST}` are filled in with a name, which then belongs to the organization.
#[rustfmt::skip]
pub(super) const ORGANISATION: &[&str] = &[
    "Real Betis", "Betis", "Real Madrid", "Atlético de {LOC}", "Club Deportivo {LOC}", "Deportivo {LOC}",
    "Sporting de {LOC}", "Unión Deportiva {LOC}", "Racing de {LOC}", "Real {LOC}", "Boca Juniors",
    "River Plate", "Universidad de {LOC}", "Universidad Nacional de {LOC}", "Universidad Católica de {LOC}",
    "Ayuntamiento de {LOC}", "Banco de {LOC}", "Banco Central de {LOC}", "Orquesta Sinfónica de {LOC}",
    "Museo Nacional de {LOC}", "Teatro Real de {LOC}", "Academia de Ciencias de {LOC}",
    "Partido Socialista de {LOC}", "Partido Liberal", "Partido Popular", "Partido Radical", "Frente Amplio",
    "Izquierda Unida", "Ministerio de Cultura", "Ministerio de Defensa", "Cruz Roja", "Naciones Unidas",
    "Unión Europea", "Congreso de {LOC}", "Senado de {LOC}", "Editorial {LAST}", "Laboratorios {LAST}",
    "Hermanos {LAST}", "Fundación {LAST}", "Grupo {LAST}", "Bodegas {LAST}", "Radio {LOC}", "Canal Sur",
    "Diario de {LOC}", "El Heraldo de {LOC}", "Ferrocarriles de {LOC}", "Correos de {LOC}", "Telefónica",
    "Iberia", "Seat", "Ejército de {LOC}", "Policía de {LOC}", "Colegio de Abogados de {LOC}",
    "Instituto de Física de {LOC}", "Sociedad Minera de {LOC}", "Compañía Naviera {LAST}", "Estudios {LAST}",
];

/// Trades and offices of people.
#[rustfmt::skip]
pub(super) const TRADE: &[&str] = &[
    "futbolista", "escritor", "escritora", "pintor", "actriz", "actor", "político", "abogada", "arquitecto",
    "poeta", "cantante", "director", "ministra", "alcalde", "periodista", "ciclista", "obispo", "general",
    "músico", "tenista",
];

#[rustfmt::skip]
pub(super) const MONTH: &[&str] = &[
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre",
    "noviembre", "diciembre",
];
