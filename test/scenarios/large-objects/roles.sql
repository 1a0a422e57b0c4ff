CREATE ROLE large_objects_owner;
CREATE ROLE "large; reader";
